package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * Plain arrays, nothing kept for reuse. New storages hold NaN and released ones are filled with NaN, so that a number read
 * before it was written, or after it was given back, shows.
 */
final class ReferenceMemory implements Memory {

    private final Set<Storage> held = Collections.newSetFromMap(new IdentityHashMap<>());
    private long bytesHeld;

    @Override
    public synchronized Storage allocate(int length) {
        double[] array = new double[Checks.atLeast(0, length, "length")];
        Arrays.fill(array, Double.NaN);
        ReferenceStorage storage = new ReferenceStorage(array, 0, length);
        held.add(storage);
        bytesHeld += (long) length * Double.BYTES;
        return storage;
    }

    @Override
    public synchronized void release(Storage storage) {
        if (held.remove(storage)) {
            bytesHeld -= (long) storage.length() * Double.BYTES;
            ReferenceStorage.own(storage).fill(Double.NaN);
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
