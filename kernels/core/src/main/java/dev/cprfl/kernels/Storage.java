package dev.cprfl.kernels;

/**
 * Memory of one backend: a run of numbers whose type only that backend knows. A storage may be a window on a larger
 * one; both then share their numbers.
 */
public interface Storage {

    /** How many numbers this storage holds. */
    int length();

    /**
     * A window on {@code length} numbers from {@code offset} on, sharing memory with this storage.
     *
     * @throws IndexOutOfBoundsException if the window does not lie inside this storage
     */
    Storage slice(int offset, int length);
}
