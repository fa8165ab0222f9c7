package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.Storage;
import java.util.Arrays;
import java.util.Objects;

/** A run of doubles: {@code length} numbers of an array from {@code offset} on. Every access is checked. */
final class ReferenceStorage implements Storage {

    private final double[] array;
    private final int offset;
    private final int length;
    private final boolean window;
    private boolean released;

    private ReferenceStorage(double[] array, int offset, int length, boolean window) {
        this.array = array;
        this.offset = offset;
        this.length = length;
        this.window = window;
    }

    /** A storage of its own, full of NaN. */
    static ReferenceStorage allocate(int length) {
        ReferenceStorage storage = new ReferenceStorage(new double[length], 0, length, false);
        storage.fill(Double.NaN);
        return storage;
    }

    /**
     * A storage as this backend's own.
     *
     * @throws IllegalArgumentException if it is another backend's
     */
    static ReferenceStorage own(Storage storage) {
        if (storage instanceof ReferenceStorage reference) {
            return reference;
        }
        throw new IllegalArgumentException("not a storage of the reference backend: " + storage);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public Storage slice(int from, int count) {
        Objects.checkFromIndexSize(from, count, length);
        return new ReferenceStorage(array, offset + from, count, true);
    }

    boolean isWindow() {
        return window;
    }

    /**
     * Ends the use of this storage and fills it with NaN.
     *
     * @throws IllegalStateException if that happened before
     */
    void release() {
        if (released) {
            throw new IllegalStateException("a storage of " + length + " numbers was released twice");
        }
        released = true;
        fill(Double.NaN);
    }

    double get(int index) {
        return array[offset + Objects.checkIndex(index, length)];
    }

    void set(int index, double value) {
        array[offset + Objects.checkIndex(index, length)] = value;
    }

    void add(int index, double value) {
        array[offset + Objects.checkIndex(index, length)] += value;
    }

    void fill(double value) {
        Arrays.fill(array, offset, offset + length, value);
    }
}
