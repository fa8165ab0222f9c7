package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Gaps;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Floats in a few large arrays, the slabs, of which storages are parts. A released part joins the gaps beside it: what one layer
 * gave back serves the next, whatever its length, so that the slabs stay hardly larger than what is in use at a time. A request
 * goes to the oldest slab with room, there to the smallest gap; so a training step takes the same parts as the one before it.
 * Thread-safe; allocates only the small handles.
 */
final class FloatMemory implements Memory {

    /** Parts are whole cache lines. */
    private static final int LINE = 16;
    /**
     * Numbers behind an array's header of 16 bytes up to the next cache line. Whether arrays begin at one is Java's choice:
     * with {@code -XX:ObjectAlignmentInBytes=64} all do, with G1 the large ones. A vector of 64 bytes that lies in two lines is
     * read as two, so storages and the working memory of kernels begin here.
     */
    static final int FIRST = 12;
    /** Slabs have half of what is held, from 64 KiB to 64 MiB; a larger request gets one of its own. */
    private static final int SMALLEST = 1 << 14;
    private static final int LARGEST = 1 << 24;
    private static final int LONGEST = Integer.MAX_VALUE - 4 * LINE;

    private static final float[] NOTHING = {};

    private final List<Slab> slabs = new ArrayList<>();
    private long bytes;

    /** @throws OutOfMemoryError if no array is that long, or the heap is full */
    @Override
    public synchronized FloatStorage allocate(int length) {
        Checks.atLeast(0, length, "length");
        if (length == 0) {
            return new FloatStorage(NOTHING, 0, 0, this);
        }
        if (length > LONGEST) {
            throw new OutOfMemoryError("an array of " + length + " numbers is longer than Java's");
        }
        int room = Math.ceilDiv(length, LINE) * LINE;
        for (int i = 0; i < slabs.size(); i++) {
            int gap = slabs.get(i).gaps.find(room);
            if (gap >= 0) {
                return part(slabs.get(i), gap, room, length);
            }
        }
        int half = Math.clamp(bytes / Float.BYTES / 2, SMALLEST, LARGEST);
        Slab slab = new Slab(Math.max(room, half / LINE * LINE - LINE));
        slabs.add(slab);
        bytes += slab.bytes();
        return part(slab, 0, room, length);
    }

    private FloatStorage part(Slab slab, int gap, int room, int length) {
        return new FloatStorage(slab.array, slab.gaps.take(gap, room), length, this);
    }

    /** @throws IllegalStateException if the storage has been released before */
    @Override
    @SuppressWarnings("ReferenceEquality") // the array itself, not its numbers
    public synchronized void release(Storage storage) {
        FloatStorage s = FloatStorage.of(storage);
        if (s.owner != this) {
            return; // a window
        }
        if (s.released) {
            throw new IllegalStateException("a storage of " + s.length + " numbers was released twice");
        }
        s.released = true;
        for (int i = 0; i < slabs.size() && s.length > 0; i++) {
            if (slabs.get(i).array == s.array) {
                slabs.get(i).gaps.give(s.offset, s.offset + Math.ceilDiv(s.length, LINE) * LINE);
                return;
            }
        }
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

    /** Frees the slabs of which nothing is in use. */
    @Override
    public synchronized void trim() {
        slabs.removeIf(slab -> slab.gaps.isWhole());
        bytes = slabs.stream().mapToLong(Slab::bytes).sum();
    }

    /** One large array and what of it is free. */
    private static final class Slab {

        final float[] array;
        final Gaps gaps;

        /** @param length whole cache lines */
        Slab(int length) {
            array = new float[FIRST + length];
            gaps = new Gaps(FIRST, array.length);
        }

        long bytes() {
            return (long) Float.BYTES * array.length;
        }
    }
}
