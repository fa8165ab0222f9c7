package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static dev.cprfl.kernels.vector.Simd.fma;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost kernel of every matrix product: a tile of C, {@link #ROWS} rows by {@link #COLUMNS} columns (two vectors),
 * stays in registers while k runs; C = init + A B, or C = C + init + A B.
 *
 * <p><b>Layout.</b> A block of A is row-major with rows {@link #STEP_A} apart, so that packing it is copying rows. B is a
 * panel of COLUMNS columns, its rows {@code stepB} apart: COLUMNS when packed, else B where it lies. {@code init} is one row,
 * the bias or zeros.
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

    /** Numbers of k in one block: a panel of B then fills half to three quarters of a first-level cache. */
    static final int DEPTH = 192;
    static final int ROWS = Simd.MANY_REGISTERS ? 12 : 5;
    static final int COLUMNS = 2 * LANES;
    /** Distance between rows of A: more than DEPTH, so that the rows of a tile do not meet in the same cache sets. */
    static final int STEP_A = DEPTH + 16;
    /** Rows of the small tile. */
    static final int FEW = 4;

    private GemmTile() {}

    /** A tile of {@link #ROWS} rows. */
    static void tall(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init, int initAt, float[] c,
            int cAt, int stepC, boolean add) {
        if (Simd.MANY_REGISTERS) {
            sgemmTile12x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, c, cAt, stepC, add);
        } else {
            sgemmTile5x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, c, cAt, stepC, add);
        }
    }

    /** A tile of {@link #FEW} rows. */
    static void few(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init, int initAt, float[] c,
            int cAt, int stepC, boolean add) {
        sgemmTile4x2(k, a, aAt, 1, b, bAt, stepB, init, initAt, c, cAt, stepC, add);
    }

    private static void sgemmTile12x2(int k, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] init,
            int initAt, float[] c, int cAt, int stepC, boolean add) {
        FloatVector left = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector right = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c00l = left, c00r = right;
        FloatVector c01l = left, c01r = right;
        FloatVector c02l = left, c02r = right;
        FloatVector c03l = left, c03r = right;
        FloatVector c04l = left, c04r = right;
        FloatVector c05l = left, c05r = right;
        FloatVector c06l = left, c06r = right;
        FloatVector c07l = left, c07r = right;
        FloatVector c08l = left, c08r = right;
        FloatVector c09l = left, c09r = right;
        FloatVector c10l = left, c10r = right;
        FloatVector c11l = left, c11r = right;
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
        if (add) {
            c00l = c00l.add(FloatVector.fromArray(SPECIES, c, cAt));
            c00r = c00r.add(FloatVector.fromArray(SPECIES, c, cAt + LANES));
            c01l = c01l.add(FloatVector.fromArray(SPECIES, c, cAt + stepC));
            c01r = c01r.add(FloatVector.fromArray(SPECIES, c, cAt + stepC + LANES));
            c02l = c02l.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC));
            c02r = c02r.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC + LANES));
            c03l = c03l.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC));
            c03r = c03r.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC + LANES));
            c04l = c04l.add(FloatVector.fromArray(SPECIES, c, cAt + 4 * stepC));
            c04r = c04r.add(FloatVector.fromArray(SPECIES, c, cAt + 4 * stepC + LANES));
            c05l = c05l.add(FloatVector.fromArray(SPECIES, c, cAt + 5 * stepC));
            c05r = c05r.add(FloatVector.fromArray(SPECIES, c, cAt + 5 * stepC + LANES));
            c06l = c06l.add(FloatVector.fromArray(SPECIES, c, cAt + 6 * stepC));
            c06r = c06r.add(FloatVector.fromArray(SPECIES, c, cAt + 6 * stepC + LANES));
            c07l = c07l.add(FloatVector.fromArray(SPECIES, c, cAt + 7 * stepC));
            c07r = c07r.add(FloatVector.fromArray(SPECIES, c, cAt + 7 * stepC + LANES));
            c08l = c08l.add(FloatVector.fromArray(SPECIES, c, cAt + 8 * stepC));
            c08r = c08r.add(FloatVector.fromArray(SPECIES, c, cAt + 8 * stepC + LANES));
            c09l = c09l.add(FloatVector.fromArray(SPECIES, c, cAt + 9 * stepC));
            c09r = c09r.add(FloatVector.fromArray(SPECIES, c, cAt + 9 * stepC + LANES));
            c10l = c10l.add(FloatVector.fromArray(SPECIES, c, cAt + 10 * stepC));
            c10r = c10r.add(FloatVector.fromArray(SPECIES, c, cAt + 10 * stepC + LANES));
            c11l = c11l.add(FloatVector.fromArray(SPECIES, c, cAt + 11 * stepC));
            c11r = c11r.add(FloatVector.fromArray(SPECIES, c, cAt + 11 * stepC + LANES));
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
            int initAt, float[] c, int cAt, int stepC, boolean add) {
        FloatVector left = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector right = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c0l = left, c0r = right;
        FloatVector c1l = left, c1r = right;
        FloatVector c2l = left, c2r = right;
        FloatVector c3l = left, c3r = right;
        FloatVector c4l = left, c4r = right;
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
        if (add) {
            c0l = c0l.add(FloatVector.fromArray(SPECIES, c, cAt));
            c0r = c0r.add(FloatVector.fromArray(SPECIES, c, cAt + LANES));
            c1l = c1l.add(FloatVector.fromArray(SPECIES, c, cAt + stepC));
            c1r = c1r.add(FloatVector.fromArray(SPECIES, c, cAt + stepC + LANES));
            c2l = c2l.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC));
            c2r = c2r.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC + LANES));
            c3l = c3l.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC));
            c3r = c3r.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC + LANES));
            c4l = c4l.add(FloatVector.fromArray(SPECIES, c, cAt + 4 * stepC));
            c4r = c4r.add(FloatVector.fromArray(SPECIES, c, cAt + 4 * stepC + LANES));
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
            int initAt, float[] c, int cAt, int stepC, boolean add) {
        FloatVector left = FloatVector.fromArray(SPECIES, init, initAt);
        FloatVector right = FloatVector.fromArray(SPECIES, init, initAt + LANES);
        FloatVector c0l = left, c0r = right;
        FloatVector c1l = left, c1r = right;
        FloatVector c2l = left, c2r = right;
        FloatVector c3l = left, c3r = right;
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
        if (add) {
            c0l = c0l.add(FloatVector.fromArray(SPECIES, c, cAt));
            c0r = c0r.add(FloatVector.fromArray(SPECIES, c, cAt + LANES));
            c1l = c1l.add(FloatVector.fromArray(SPECIES, c, cAt + stepC));
            c1r = c1r.add(FloatVector.fromArray(SPECIES, c, cAt + stepC + LANES));
            c2l = c2l.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC));
            c2r = c2r.add(FloatVector.fromArray(SPECIES, c, cAt + 2 * stepC + LANES));
            c3l = c3l.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC));
            c3r = c3r.add(FloatVector.fromArray(SPECIES, c, cAt + 3 * stepC + LANES));
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
