package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.ReduceShape;

/** Reductions. */
final class ReferenceReduce {

    private ReferenceReduce() {}

    static void sum(ReduceShape shape, ReferenceStorage x, ReferenceStorage y) {
        for (int o = 0; o < shape.outer(); o++) {
            for (int i = 0; i < shape.inner(); i++) {
                double sum = 0;
                for (int r = 0; r < shape.reduced(); r++) {
                    sum += x.get((o * shape.reduced() + r) * shape.inner() + i);
                }
                y.set(o * shape.inner() + i, sum);
            }
        }
    }

    static int firstNonFinite(ReferenceStorage x) {
        for (int i = 0; i < x.length(); i++) {
            if (!Double.isFinite(x.get(i))) {
                return i;
            }
        }
        return -1;
    }
}
