package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static dev.cprfl.kernels.vector.Simd.fma;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost kernel of every matrix product: a tile of C, {@link #ROWS} rows by {@link #COLUMNS} columns (two vectors),
 * stays in registers while k runs: C = init + A B.
 *
 * <p><b>Layout.</b> A block of A is row-major with rows {@link #STEP_A} apart, so that packing it is copying rows. B is a
 * panel of COLUMNS columns, its rows {@code stepB} apart: COLUMNS when packed, else B where it lies. The rows of {@code init}
 * are {@code stepInit} apart: 0 for a row of biases or zeros, and init may be C itself, to go on where an earlier block of k
 * ended.
 *
 * <p><b>Tile.</b> Each step of k loads two vectors of B and one number of A per row, and uses each vector ROWS times. 12 rows
 * need 24 of 32 registers for C, 5 rows 10 of 16; what is left holds B and the numbers of A that are on their way. Taller
 * tiles spill, lower ones load more per multiply-add. The 4-row tile is for the last rows of a matrix.
 *
 * <p><b>Code.</b> A tile is straight-line code with named locals, since vectors in arrays or fields would become objects. The
 * step of k is not unrolled, and the steps in A and B are parameters although callers pass constants: so the compiler cannot
 * move the bounds checks out of the loop, and these keep it from loading everything early and spilling. With the checks gone
 * the same loop runs at a third to three quarters of the speed.
 */
final class GemmTile {

    /**
     * Numbers of k in one block. The rows of A of a tile then fill a quarter of a first-level cache and are read from there
     * again and again. B comes from the second-level cache, two vectors for every ROWS multiply-adds of each, which it delivers
     * several times faster. Longer blocks read C back less often, but spread the rows of short ones, as Winograd's are, over
     * more pages than the processor keeps the addresses of.
     */
    static final int DEPTH = 256;
    static final int ROWS = Simd.MANY_REGISTERS ? 12 : 5;
    static final int COLUMNS = 2 * LANES;
    /** Distance between rows of A: more than DEPTH, so that the rows of a tile do not meet in the same cache sets. */
    static final int STEP_A = DEPTH + 16;
    /** Rows of the small tile. */
    static final int FEW = 4;

    private GemmTile() {}

    /** A tile of {@link #ROWS} rows. */
    static void tall(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init, int initAt,
            int stepInit, float[] c, int cAt, int stepC) {
        if (Simd.MANY_REGISTERS) {
            sgemmTile12x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
        } else {
            sgemmTile5x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
        }
    }

    /** A tile of {@link #FEW} rows. */
    static void few(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init, int initAt,
            int stepInit, float[] c, int cAt, int stepC) {
        sgemmTile4x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
    }

    private static void sgemmTile12x2(int k, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c00l = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector c00r = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c01l = FloatVector.fromArray(SPECIES, init, initAt + stepInit);
        FloatVector c01r = FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES);
        FloatVector c02l = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit);
        FloatVector c02r = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES);
        FloatVector c03l = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit);
        FloatVector c03r = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES);
        FloatVector c04l = FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit);
        FloatVector c04r = FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit + LANES);
        FloatVector c05l = FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit);
        FloatVector c05r = FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit + LANES);
        FloatVector c06l = FloatVector.fromArray(SPECIES, init, initAt + 6 * stepInit);
        FloatVector c06r = FloatVector.fromArray(SPECIES, init, initAt + 6 * stepInit + LANES);
        FloatVector c07l = FloatVector.fromArray(SPECIES, init, initAt + 7 * stepInit);
        FloatVector c07r = FloatVector.fromArray(SPECIES, init, initAt + 7 * stepInit + LANES);
        FloatVector c08l = FloatVector.fromArray(SPECIES, init, initAt + 8 * stepInit);
        FloatVector c08r = FloatVector.fromArray(SPECIES, init, initAt + 8 * stepInit + LANES);
        FloatVector c09l = FloatVector.fromArray(SPECIES, init, initAt + 9 * stepInit);
        FloatVector c09r = FloatVector.fromArray(SPECIES, init, initAt + 9 * stepInit + LANES);
        FloatVector c10l = FloatVector.fromArray(SPECIES, init, initAt + 10 * stepInit);
        FloatVector c10r = FloatVector.fromArray(SPECIES, init, initAt + 10 * stepInit + LANES);
        FloatVector c11l = FloatVector.fromArray(SPECIES, init, initAt + 11 * stepInit);
        FloatVector c11r = FloatVector.fromArray(SPECIES, init, initAt + 11 * stepInit + LANES);
        for (int p = 0; p < k; p++) {
            FloatVector bl = FloatVector.fromArray(SPECIES, b, bAt);
            FloatVector br = FloatVector.fromArray(SPECIES, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, a[aAt]);
            c00l = x.fma(bl, c00l);
            c00r = x.fma(br, c00r);
            x = FloatVector.broadcast(SPECIES, a[aAt + STEP_A]);
            c01l = x.fma(bl, c01l);
            c01r = x.fma(br, c01r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 2 * STEP_A]);
            c02l = x.fma(bl, c02l);
            c02r = x.fma(br, c02r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 3 * STEP_A]);
            c03l = x.fma(bl, c03l);
            c03r = x.fma(br, c03r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 4 * STEP_A]);
            c04l = x.fma(bl, c04l);
            c04r = x.fma(br, c04r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 5 * STEP_A]);
            c05l = x.fma(bl, c05l);
            c05r = x.fma(br, c05r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 6 * STEP_A]);
            c06l = x.fma(bl, c06l);
            c06r = x.fma(br, c06r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 7 * STEP_A]);
            c07l = x.fma(bl, c07l);
            c07r = x.fma(br, c07r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 8 * STEP_A]);
            c08l = x.fma(bl, c08l);
            c08r = x.fma(br, c08r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 9 * STEP_A]);
            c09l = x.fma(bl, c09l);
            c09r = x.fma(br, c09r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 10 * STEP_A]);
            c10l = x.fma(bl, c10l);
            c10r = x.fma(br, c10r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 11 * STEP_A]);
            c11l = x.fma(bl, c11l);
            c11r = x.fma(br, c11r);
            aAt += stepA;
            bAt += stepB;
        }
        c00l.intoArray(c, cAt);
        c00r.intoArray(c, cAt + LANES);
        c01l.intoArray(c, cAt + stepC);
        c01r.intoArray(c, cAt + stepC + LANES);
        c02l.intoArray(c, cAt + 2 * stepC);
        c02r.intoArray(c, cAt + 2 * stepC + LANES);
        c03l.intoArray(c, cAt + 3 * stepC);
        c03r.intoArray(c, cAt + 3 * stepC + LANES);
        c04l.intoArray(c, cAt + 4 * stepC);
        c04r.intoArray(c, cAt + 4 * stepC + LANES);
        c05l.intoArray(c, cAt + 5 * stepC);
        c05r.intoArray(c, cAt + 5 * stepC + LANES);
        c06l.intoArray(c, cAt + 6 * stepC);
        c06r.intoArray(c, cAt + 6 * stepC + LANES);
        c07l.intoArray(c, cAt + 7 * stepC);
        c07r.intoArray(c, cAt + 7 * stepC + LANES);
        c08l.intoArray(c, cAt + 8 * stepC);
        c08r.intoArray(c, cAt + 8 * stepC + LANES);
        c09l.intoArray(c, cAt + 9 * stepC);
        c09r.intoArray(c, cAt + 9 * stepC + LANES);
        c10l.intoArray(c, cAt + 10 * stepC);
        c10r.intoArray(c, cAt + 10 * stepC + LANES);
        c11l.intoArray(c, cAt + 11 * stepC);
        c11r.intoArray(c, cAt + 11 * stepC + LANES);
    }

    private static void sgemmTile5x2(int k, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c0l = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector c0r = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c1l = FloatVector.fromArray(SPECIES, init, initAt + stepInit);
        FloatVector c1r = FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES);
        FloatVector c2l = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit);
        FloatVector c2r = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES);
        FloatVector c3l = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit);
        FloatVector c3r = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES);
        FloatVector c4l = FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit);
        FloatVector c4r = FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit + LANES);
        for (int p = 0; p < k; p++) {
            FloatVector bl = FloatVector.fromArray(SPECIES, b, bAt);
            FloatVector br = FloatVector.fromArray(SPECIES, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, a[aAt]);
            c0l = fma(x, bl, c0l);
            c0r = fma(x, br, c0r);
            x = FloatVector.broadcast(SPECIES, a[aAt + STEP_A]);
            c1l = fma(x, bl, c1l);
            c1r = fma(x, br, c1r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 2 * STEP_A]);
            c2l = fma(x, bl, c2l);
            c2r = fma(x, br, c2r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 3 * STEP_A]);
            c3l = fma(x, bl, c3l);
            c3r = fma(x, br, c3r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 4 * STEP_A]);
            c4l = fma(x, bl, c4l);
            c4r = fma(x, br, c4r);
            aAt += stepA;
            bAt += stepB;
        }
        c0l.intoArray(c, cAt);
        c0r.intoArray(c, cAt + LANES);
        c1l.intoArray(c, cAt + stepC);
        c1r.intoArray(c, cAt + stepC + LANES);
        c2l.intoArray(c, cAt + 2 * stepC);
        c2r.intoArray(c, cAt + 2 * stepC + LANES);
        c3l.intoArray(c, cAt + 3 * stepC);
        c3r.intoArray(c, cAt + 3 * stepC + LANES);
        c4l.intoArray(c, cAt + 4 * stepC);
        c4r.intoArray(c, cAt + 4 * stepC + LANES);
    }

    private static void sgemmTile4x2(int k, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c0l = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector c0r = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c1l = FloatVector.fromArray(SPECIES, init, initAt + stepInit);
        FloatVector c1r = FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES);
        FloatVector c2l = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit);
        FloatVector c2r = FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES);
        FloatVector c3l = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit);
        FloatVector c3r = FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES);
        for (int p = 0; p < k; p++) {
            FloatVector bl = FloatVector.fromArray(SPECIES, b, bAt);
            FloatVector br = FloatVector.fromArray(SPECIES, b, bAt + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, a[aAt]);
            c0l = fma(x, bl, c0l);
            c0r = fma(x, br, c0r);
            x = FloatVector.broadcast(SPECIES, a[aAt + STEP_A]);
            c1l = fma(x, bl, c1l);
            c1r = fma(x, br, c1r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 2 * STEP_A]);
            c2l = fma(x, bl, c2l);
            c2r = fma(x, br, c2r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 3 * STEP_A]);
            c3l = fma(x, bl, c3l);
            c3r = fma(x, br, c3r);
            aAt += stepA;
            bAt += stepB;
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
