package dev.cprfl.bench.steps;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Step 3: one vector of a row of C stays in a register while k runs, instead of going to memory and back at each step. */
public final class VectorProduct {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorProduct() {}

    /** C = A B. */
    public static void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < whole; j += LANES) {
                FloatVector sum = FloatVector.zero(SPECIES);
                for (int p = 0; p < k; p++) {
                    FloatVector x = FloatVector.broadcast(SPECIES, a[i * k + p]);
                    sum = x.fma(FloatVector.fromArray(SPECIES, b, p * n + j), sum);
                }
                sum.intoArray(c, i * n + j);
            }
        }
        RowProduct.rectangle(n, k, a, b, c, 0, m, whole, n);
    }
}
