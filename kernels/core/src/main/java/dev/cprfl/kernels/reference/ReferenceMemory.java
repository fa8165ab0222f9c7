package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;

/**
 * Plain arrays, nothing kept for reuse. New storages hold NaN and released ones are filled with NaN, so that a number read
 * before it was written, or after it was given back, shows.
 */
final class ReferenceMemory implements Memory {

    private long bytesHeld;

    @Override
    public synchronized Storage allocate(int length) {
        Checks.atLeast(0, length, "length");
        ReferenceStorage storage = ReferenceStorage.allocate(length);
        bytesHeld += (long) length * Double.BYTES;
        return storage;
    }

    /** @throws IllegalStateException if the storage was released before */
    @Override
    public synchronized void release(Storage storage) {
        ReferenceStorage own = ReferenceStorage.own(storage);
        if (!own.isWindow()) {
            own.release();
            bytesHeld -= (long) own.length() * Double.BYTES;
        }
    }

    @Override
    public void write(float[] source, int sourceOffset, Storage target) {
        ReferenceStorage y = ReferenceStorage.own(target);
        for (int i = 0; i < y.length(); i++) {
            y.set(i, source[sourceOffset + i]);
        }
    }

    @Override
    public void write(double[] source, int sourceOffset, Storage target) {
        ReferenceStorage y = ReferenceStorage.own(target);
        for (int i = 0; i < y.length(); i++) {
            y.set(i, source[sourceOffset + i]);
        }
    }

    @Override
    public void read(Storage source, float[] target, int targetOffset) {
        ReferenceStorage x = ReferenceStorage.own(source);
        for (int i = 0; i < x.length(); i++) {
            target[targetOffset + i] = (float) x.get(i);
        }
    }

    @Override
    public void read(Storage source, double[] target, int targetOffset) {
        ReferenceStorage x = ReferenceStorage.own(source);
        for (int i = 0; i < x.length(); i++) {
            target[targetOffset + i] = x.get(i);
        }
    }

    @Override
    public synchronized long bytesHeld() {
        return bytesHeld;
    }

    @Override
    public void trim() {
        // Nothing is kept for reuse.
    }
}
