package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Arrays of floats, pooled by exact length: a training loop asks for the same lengths in every step, so after the first one
 * it allocates only the small handles. Thread-safe.
 */
final class FloatMemory implements Memory {

    private final Map<Integer, ArrayDeque<float[]>> free = new HashMap<>();
    private long bytes;

    @Override
    public synchronized FloatStorage allocate(int length) {
        Checks.atLeast(0, length, "length");
        ArrayDeque<float[]> sameLength = free.get(length);
        float[] array = sameLength == null ? null : sameLength.pollFirst();
        if (array == null) {
            array = new float[length];
            bytes += bytesOf(length);
        }
        return new FloatStorage(array, this);
    }

    /** @throws IllegalStateException if the storage has been released before */
    @Override
    public synchronized void release(Storage storage) {
        FloatStorage s = FloatStorage.of(storage);
        if (s.owner != this) {
            return; // a window
        }
        if (s.released) {
            throw new IllegalStateException("a storage of " + s.length + " numbers was released twice");
        }
        s.released = true;
        free.computeIfAbsent(s.length, length -> new ArrayDeque<>()).addFirst(s.array);
    }

    @Override
    public void write(float[] source, int sourceOffset, Storage target) {
        FloatStorage t = FloatStorage.of(target);
        System.arraycopy(source, sourceOffset, t.array, t.offset, t.length);
    }

    @Override
    public void write(double[] source, int sourceOffset, Storage target) {
        FloatStorage t = FloatStorage.of(target);
        Objects.checkFromIndexSize(sourceOffset, t.length, source.length);
        for (int i = 0; i < t.length; i++) {
            t.array[t.offset + i] = (float) source[sourceOffset + i];
        }
    }

    @Override
    public void read(Storage source, float[] target, int targetOffset) {
        FloatStorage s = FloatStorage.of(source);
        System.arraycopy(s.array, s.offset, target, targetOffset, s.length);
    }

    @Override
    public void read(Storage source, double[] target, int targetOffset) {
        FloatStorage s = FloatStorage.of(source);
        Objects.checkFromIndexSize(targetOffset, s.length, target.length);
        for (int i = 0; i < s.length; i++) {
            target[targetOffset + i] = s.array[s.offset + i];
        }
    }

    @Override
    public synchronized long bytesHeld() {
        return bytes;
    }

    @Override
    public synchronized void trim() {
        free.forEach((length, arrays) -> bytes -= bytesOf(length) * arrays.size());
        free.clear();
    }

    private static long bytesOf(int length) {
        return (long) Float.BYTES * length;
    }
}
