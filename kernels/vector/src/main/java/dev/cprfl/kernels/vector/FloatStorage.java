package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Storage;
import java.util.Objects;

/** A run of floats inside an array. Kernels read the fields and work on the array in place. */
final class FloatStorage implements Storage {

    final float[] array;
    final int offset;
    final int length;
    /** The memory that handed this storage out; null for a window. */
    final FloatMemory owner;
    /** Guarded by the owner. A handle is never handed out again, only its numbers, so a late second release is noticed. */
    boolean released;
    /** Other forms of the same numbers, where these were promised not to change; else null. */
    volatile Frozen frozen;

    /** {@code length} floats of {@code array} from {@code offset} on, to be released to {@code owner}. */
    FloatStorage(float[] array, int offset, int length, FloatMemory owner) {
        Objects.checkFromIndexSize(offset, length, array.length);
        this.array = array;
        this.offset = offset;
        this.length = length;
        this.owner = owner;
    }

    /** A window. */
    FloatStorage(float[] array, int offset, int length) {
        this(array, offset, length, null);
    }

    /** @throws IllegalArgumentException if {@code storage} belongs to another backend */
    static FloatStorage of(Storage storage) {
        if (storage instanceof FloatStorage floats) {
            return floats;
        }
        throw new IllegalArgumentException("not a storage of the vector backend: " + storage);
    }

    /** @throws IllegalArgumentException if {@code storage} is shorter than {@code least} or belongs to another backend */
    static FloatStorage of(int least, Storage storage, String what) {
        Checks.holds(least, storage, what);
        return of(storage);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public FloatStorage slice(int from, int count) {
        Objects.checkFromIndexSize(from, count, length);
        return new FloatStorage(array, offset + from, count);
    }

    @Override
    public String toString() {
        return "FloatStorage[" + length + "]";
    }
}
