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
 * ended. It is added last: read first, numbers of C that are far away would keep the first multiply-adds waiting.
 *
 * <p><b>Tile.</b> Each step of k loads two vectors of B and one number of A per row, and uses each vector ROWS times. 12 rows
 * need 24 of 32 registers for C, 6 rows 12 of 16; what is left holds B and the numbers of A that are on their way. Taller
 * tiles spill, lower ones load more per multiply-add. The 4-row tile is for the last rows of a matrix.
 *
 * <p><b>Code.</b> A tile is straight-line code with named locals, since vectors in arrays or fields would become objects. The
 * loop ends by the index in B, whose step is a parameter although most callers pass a constant: a loop that the compiler can
 * count has its bounds checks moved out and its loads moved early, and spills; it runs at a third to three quarters of the
 * speed. Two steps are written out and the loop may end after either: with one it takes 7 to 10 percent longer.
 */
final class GemmTile {

    /**
     * Numbers of k in one block. The rows of A of a tile then fill a quarter of a first-level cache and are read from there
     * again and again. B comes from the second-level cache, two vectors for every ROWS multiply-adds of each, which it delivers
     * several times faster. Longer blocks read C back less often, but spread the rows of short ones, as Winograd's are, over
     * more pages than the processor keeps the addresses of.
     */
    static final int DEPTH = 256;
    static final int ROWS = Simd.MANY_REGISTERS ? 12 : 6;
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
            sgemmTile12x2(k, a, aAt, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
        } else {
            sgemmTile6x2(k, a, aAt, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
        }
    }

    /** A tile of {@link #FEW} rows. */
    static void few(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init, int initAt,
            int stepInit, float[] c, int cAt, int stepC) {
        sgemmTile4x2(k, a, aAt, b, bAt, stepB, init, initAt, stepInit, c, cAt, stepC);
    }

    private static void sgemmTile12x2(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c00l = FloatVector.zero(SPECIES);
        FloatVector c00r = FloatVector.zero(SPECIES);
        FloatVector c01l = FloatVector.zero(SPECIES);
        FloatVector c01r = FloatVector.zero(SPECIES);
        FloatVector c02l = FloatVector.zero(SPECIES);
        FloatVector c02r = FloatVector.zero(SPECIES);
        FloatVector c03l = FloatVector.zero(SPECIES);
        FloatVector c03r = FloatVector.zero(SPECIES);
        FloatVector c04l = FloatVector.zero(SPECIES);
        FloatVector c04r = FloatVector.zero(SPECIES);
        FloatVector c05l = FloatVector.zero(SPECIES);
        FloatVector c05r = FloatVector.zero(SPECIES);
        FloatVector c06l = FloatVector.zero(SPECIES);
        FloatVector c06r = FloatVector.zero(SPECIES);
        FloatVector c07l = FloatVector.zero(SPECIES);
        FloatVector c07r = FloatVector.zero(SPECIES);
        FloatVector c08l = FloatVector.zero(SPECIES);
        FloatVector c08r = FloatVector.zero(SPECIES);
        FloatVector c09l = FloatVector.zero(SPECIES);
        FloatVector c09r = FloatVector.zero(SPECIES);
        FloatVector c10l = FloatVector.zero(SPECIES);
        FloatVector c10r = FloatVector.zero(SPECIES);
        FloatVector c11l = FloatVector.zero(SPECIES);
        FloatVector c11r = FloatVector.zero(SPECIES);
        int end = bAt + k * stepB;
        while (bAt != end) {
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
            bAt += stepB;
            if (bAt == end) {
                break;
            }
            bl = FloatVector.fromArray(SPECIES, b, bAt);
            br = FloatVector.fromArray(SPECIES, b, bAt + LANES);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1]);
            c00l = x.fma(bl, c00l);
            c00r = x.fma(br, c00r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + STEP_A]);
            c01l = x.fma(bl, c01l);
            c01r = x.fma(br, c01r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 2 * STEP_A]);
            c02l = x.fma(bl, c02l);
            c02r = x.fma(br, c02r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 3 * STEP_A]);
            c03l = x.fma(bl, c03l);
            c03r = x.fma(br, c03r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 4 * STEP_A]);
            c04l = x.fma(bl, c04l);
            c04r = x.fma(br, c04r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 5 * STEP_A]);
            c05l = x.fma(bl, c05l);
            c05r = x.fma(br, c05r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 6 * STEP_A]);
            c06l = x.fma(bl, c06l);
            c06r = x.fma(br, c06r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 7 * STEP_A]);
            c07l = x.fma(bl, c07l);
            c07r = x.fma(br, c07r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 8 * STEP_A]);
            c08l = x.fma(bl, c08l);
            c08r = x.fma(br, c08r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 9 * STEP_A]);
            c09l = x.fma(bl, c09l);
            c09r = x.fma(br, c09r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 10 * STEP_A]);
            c10l = x.fma(bl, c10l);
            c10r = x.fma(br, c10r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 11 * STEP_A]);
            c11l = x.fma(bl, c11l);
            c11r = x.fma(br, c11r);
            aAt += 2;
            bAt += stepB;
        }
        c00l.add(FloatVector.fromArray(SPECIES, init, initAt))
                .intoArray(c, cAt);
        c00r.add(FloatVector.fromArray(SPECIES, init, initAt + LANES))
                .intoArray(c, cAt + LANES);
        c01l.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit))
                .intoArray(c, cAt + stepC);
        c01r.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES))
                .intoArray(c, cAt + stepC + LANES);
        c02l.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit))
                .intoArray(c, cAt + 2 * stepC);
        c02r.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES))
                .intoArray(c, cAt + 2 * stepC + LANES);
        c03l.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit))
                .intoArray(c, cAt + 3 * stepC);
        c03r.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES))
                .intoArray(c, cAt + 3 * stepC + LANES);
        c04l.add(FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit))
                .intoArray(c, cAt + 4 * stepC);
        c04r.add(FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit + LANES))
                .intoArray(c, cAt + 4 * stepC + LANES);
        c05l.add(FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit))
                .intoArray(c, cAt + 5 * stepC);
        c05r.add(FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit + LANES))
                .intoArray(c, cAt + 5 * stepC + LANES);
        c06l.add(FloatVector.fromArray(SPECIES, init, initAt + 6 * stepInit))
                .intoArray(c, cAt + 6 * stepC);
        c06r.add(FloatVector.fromArray(SPECIES, init, initAt + 6 * stepInit + LANES))
                .intoArray(c, cAt + 6 * stepC + LANES);
        c07l.add(FloatVector.fromArray(SPECIES, init, initAt + 7 * stepInit))
                .intoArray(c, cAt + 7 * stepC);
        c07r.add(FloatVector.fromArray(SPECIES, init, initAt + 7 * stepInit + LANES))
                .intoArray(c, cAt + 7 * stepC + LANES);
        c08l.add(FloatVector.fromArray(SPECIES, init, initAt + 8 * stepInit))
                .intoArray(c, cAt + 8 * stepC);
        c08r.add(FloatVector.fromArray(SPECIES, init, initAt + 8 * stepInit + LANES))
                .intoArray(c, cAt + 8 * stepC + LANES);
        c09l.add(FloatVector.fromArray(SPECIES, init, initAt + 9 * stepInit))
                .intoArray(c, cAt + 9 * stepC);
        c09r.add(FloatVector.fromArray(SPECIES, init, initAt + 9 * stepInit + LANES))
                .intoArray(c, cAt + 9 * stepC + LANES);
        c10l.add(FloatVector.fromArray(SPECIES, init, initAt + 10 * stepInit))
                .intoArray(c, cAt + 10 * stepC);
        c10r.add(FloatVector.fromArray(SPECIES, init, initAt + 10 * stepInit + LANES))
                .intoArray(c, cAt + 10 * stepC + LANES);
        c11l.add(FloatVector.fromArray(SPECIES, init, initAt + 11 * stepInit))
                .intoArray(c, cAt + 11 * stepC);
        c11r.add(FloatVector.fromArray(SPECIES, init, initAt + 11 * stepInit + LANES))
                .intoArray(c, cAt + 11 * stepC + LANES);
    }

    private static void sgemmTile6x2(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c0l = FloatVector.zero(SPECIES);
        FloatVector c0r = FloatVector.zero(SPECIES);
        FloatVector c1l = FloatVector.zero(SPECIES);
        FloatVector c1r = FloatVector.zero(SPECIES);
        FloatVector c2l = FloatVector.zero(SPECIES);
        FloatVector c2r = FloatVector.zero(SPECIES);
        FloatVector c3l = FloatVector.zero(SPECIES);
        FloatVector c3r = FloatVector.zero(SPECIES);
        FloatVector c4l = FloatVector.zero(SPECIES);
        FloatVector c4r = FloatVector.zero(SPECIES);
        FloatVector c5l = FloatVector.zero(SPECIES);
        FloatVector c5r = FloatVector.zero(SPECIES);
        int end = bAt + k * stepB;
        while (bAt != end) {
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
            x = FloatVector.broadcast(SPECIES, a[aAt + 5 * STEP_A]);
            c5l = fma(x, bl, c5l);
            c5r = fma(x, br, c5r);
            bAt += stepB;
            if (bAt == end) {
                break;
            }
            bl = FloatVector.fromArray(SPECIES, b, bAt);
            br = FloatVector.fromArray(SPECIES, b, bAt + LANES);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1]);
            c0l = fma(x, bl, c0l);
            c0r = fma(x, br, c0r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + STEP_A]);
            c1l = fma(x, bl, c1l);
            c1r = fma(x, br, c1r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 2 * STEP_A]);
            c2l = fma(x, bl, c2l);
            c2r = fma(x, br, c2r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 3 * STEP_A]);
            c3l = fma(x, bl, c3l);
            c3r = fma(x, br, c3r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 4 * STEP_A]);
            c4l = fma(x, bl, c4l);
            c4r = fma(x, br, c4r);
            x = FloatVector.broadcast(SPECIES, a[aAt + 1 + 5 * STEP_A]);
            c5l = fma(x, bl, c5l);
            c5r = fma(x, br, c5r);
            aAt += 2;
            bAt += stepB;
        }
        c0l.add(FloatVector.fromArray(SPECIES, init, initAt))
                .intoArray(c, cAt);
        c0r.add(FloatVector.fromArray(SPECIES, init, initAt + LANES))
                .intoArray(c, cAt + LANES);
        c1l.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit))
                .intoArray(c, cAt + stepC);
        c1r.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES))
                .intoArray(c, cAt + stepC + LANES);
        c2l.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit))
                .intoArray(c, cAt + 2 * stepC);
        c2r.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES))
                .intoArray(c, cAt + 2 * stepC + LANES);
        c3l.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit))
                .intoArray(c, cAt + 3 * stepC);
        c3r.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES))
                .intoArray(c, cAt + 3 * stepC + LANES);
        c4l.add(FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit))
                .intoArray(c, cAt + 4 * stepC);
        c4r.add(FloatVector.fromArray(SPECIES, init, initAt + 4 * stepInit + LANES))
                .intoArray(c, cAt + 4 * stepC + LANES);
        c5l.add(FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit))
                .intoArray(c, cAt + 5 * stepC);
        c5r.add(FloatVector.fromArray(SPECIES, init, initAt + 5 * stepInit + LANES))
                .intoArray(c, cAt + 5 * stepC + LANES);
    }

    private static void sgemmTile4x2(int k, float[] a, int aAt, float[] b, int bAt, int stepB, float[] init,
            int initAt, int stepInit, float[] c, int cAt, int stepC) {
        FloatVector c0l = FloatVector.zero(SPECIES);
        FloatVector c0r = FloatVector.zero(SPECIES);
        FloatVector c1l = FloatVector.zero(SPECIES);
        FloatVector c1r = FloatVector.zero(SPECIES);
        FloatVector c2l = FloatVector.zero(SPECIES);
        FloatVector c2r = FloatVector.zero(SPECIES);
        FloatVector c3l = FloatVector.zero(SPECIES);
        FloatVector c3r = FloatVector.zero(SPECIES);
        int end = bAt + k * stepB;
        while (bAt != end) {
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
            bAt += stepB;
            aAt++;
        }
        c0l.add(FloatVector.fromArray(SPECIES, init, initAt))
                .intoArray(c, cAt);
        c0r.add(FloatVector.fromArray(SPECIES, init, initAt + LANES))
                .intoArray(c, cAt + LANES);
        c1l.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit))
                .intoArray(c, cAt + stepC);
        c1r.add(FloatVector.fromArray(SPECIES, init, initAt + stepInit + LANES))
                .intoArray(c, cAt + stepC + LANES);
        c2l.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit))
                .intoArray(c, cAt + 2 * stepC);
        c2r.add(FloatVector.fromArray(SPECIES, init, initAt + 2 * stepInit + LANES))
                .intoArray(c, cAt + 2 * stepC + LANES);
        c3l.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit))
                .intoArray(c, cAt + 3 * stepC);
        c3r.add(FloatVector.fromArray(SPECIES, init, initAt + 3 * stepInit + LANES))
                .intoArray(c, cAt + 3 * stepC + LANES);
    }
}
