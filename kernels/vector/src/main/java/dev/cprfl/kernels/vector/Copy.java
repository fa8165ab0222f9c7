package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;

import jdk.incubator.vector.FloatVector;

/** Copies short runs of numbers, for which System.arraycopy takes longer to start than to copy. */
final class Copy {

    private Copy() {}

    /** y[yAt + i] = x[xAt + i] for i below n. The runs must not overlap. */
    static void run(float[] x, int xAt, float[] y, int yAt, int n) {
        if (n >= LANES) {
            for (int i = 0; i < n - LANES; i += LANES) {
                FloatVector.fromArray(SPECIES, x, xAt + i).intoArray(y, yAt + i);
            }
            // The last vector overlaps the one before: no rest to treat apart.
            FloatVector.fromArray(SPECIES, x, xAt + n - LANES).intoArray(y, yAt + n - LANES);
        } else {
            for (int i = 0; i < n; i++) {
                y[yAt + i] = x[xAt + i];
            }
        }
    }

    /** y[yAt + i] = 0 for i below n. */
    static void zeros(float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.zero(SPECIES).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = 0;
        }
    }
}
