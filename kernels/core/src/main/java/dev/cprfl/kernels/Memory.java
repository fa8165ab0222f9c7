package dev.cprfl.kernels;

/**
 * The memory of a backend. Storages come from a pool keyed by length: a released one is handed out again as it is, so a new
 * storage holds arbitrary numbers until it is written.
 */
public interface Memory {

    /**
     * A storage of {@code length} numbers with arbitrary content.
     *
     * @throws IllegalArgumentException if {@code length} is negative
     */
    Storage allocate(int length);

    /**
     * Gives a storage back. Neither it nor a window on it may be used afterwards. Only a storage that {@code allocate}
     * returned can be released; a window is ignored.
     *
     * @throws IllegalStateException if it was released before
     */
    void release(Storage storage);

    /** Writes {@code source[sourceOffset ...]} over the whole of {@code target}. */
    void write(float[] source, int sourceOffset, Storage target);

    /** Writes {@code source[sourceOffset ...]} over the whole of {@code target}, rounding to the backend's precision. */
    void write(double[] source, int sourceOffset, Storage target);

    /** Reads the whole of {@code source} into {@code target[targetOffset ...]}. */
    void read(Storage source, float[] target, int targetOffset);

    /** Reads the whole of {@code source} into {@code target[targetOffset ...]}. */
    void read(Storage source, double[] target, int targetOffset);

    /** Bytes now handed out and not yet released, plus those kept for reuse. */
    long bytesHeld();

    /** Frees what is kept for reuse. */
    void trim();
}
