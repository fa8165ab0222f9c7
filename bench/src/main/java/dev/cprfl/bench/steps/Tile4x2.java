package dev.cprfl.bench.steps;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The kernel of steps 4 and 5: 4 rows by 2 vectors of C in eight registers, which are eight sums that do not wait for each other. */
final class Tile4x2 {

    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    static final int ROWS = 4;
    static final int COLUMNS = 2 * LANES;

    private Tile4x2() {}

    /** A tile of C: rows of A from aAt on, {@code stepA} apart, times the panel of B at bAt, its rows {@code stepB} apart. */
    static void multiply(int k, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] c, int cAt,
            int stepC) {
        FloatVector c0l = FloatVector.zero(SPECIES);
        FloatVector c0r = c0l;
        FloatVector c1l = c0l;
        FloatVector c1r = c0l;
        FloatVector c2l = c0l;
        FloatVector c2r = c0l;
        FloatVector c3l = c0l;
        FloatVector c3r = c0l;
        for (int p = 0; p < k; p++) {
            FloatVector bl = FloatVector.fromArray(SPECIES, b, bAt + p * stepB);
            FloatVector br = FloatVector.fromArray(SPECIES, b, bAt + p * stepB + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, a[aAt + p]);
            c0l = x.fma(bl, c0l);
            c0r = x.fma(br, c0r);
            x = FloatVector.broadcast(SPECIES, a[aAt + stepA + p]);
            c1l = x.fma(bl, c1l);
            c1r = x.fma(br, c1r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 2 * stepA + p]);
            c2l = x.fma(bl, c2l);
            c2r = x.fma(br, c2r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 3 * stepA + p]);
            c3l = x.fma(bl, c3l);
            c3r = x.fma(br, c3r);
        }
        c0l.intoArray(c, cAt);
        c0r.intoArray(c, cAt + LANES);
        c1l.intoArray(c, cAt + stepC);
        c1r.intoArray(c, cAt + stepC + LANES);
        c2l.intoArray(c, cAt + 2 * stepC);
        c2r.intoArray(c, cAt + 2 * stepC + LANES);
        c3l.intoArray(c, cAt + 3 * stepC);
        c3r.intoArray(c, cAt + 3 * stepC + LANES);
    }
}
