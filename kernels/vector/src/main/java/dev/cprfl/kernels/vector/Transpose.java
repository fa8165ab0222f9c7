package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Matrix transposition in squares of LANES by LANES numbers.
 *
 * <p>A square is transposed bit by bit: element (row, lane) goes to (lane, row), which for each bit d of the two indices is an
 * exchange between the rows r and r ^ d of the lanes in which bit d differs from r's. Two bits are done at a time, on four
 * rows in registers.
 */
final class Transpose {

    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorMask<Float> SET_1 = set(1);
    private static final VectorMask<Float> SET_2 = set(2);
    private static final VectorMask<Float> SET_4 = set(4);
    private static final VectorMask<Float> SET_8 = set(8);
    private static final VectorMask<Float> CLEAR_1 = SET_1.not();
    private static final VectorMask<Float> CLEAR_2 = SET_2.not();
    private static final VectorMask<Float> CLEAR_4 = SET_4.not();
    private static final VectorMask<Float> CLEAR_8 = SET_8.not();

    private static final ThreadLocal<float[]> SQUARE = ThreadLocal.withInitial(() -> new float[LANES * LANES]);

    /** Rows and columns of one task. */
    private static final int TASK = 128;

    private Transpose() {}

    /** y[b, c, r] = x[b, r, c]. */
    static void transpose(Workers workers, int batch, int rows, int columns, FloatStorage x, FloatStorage y) {
        int down = Math.ceilDiv(rows, TASK);
        int across = Math.ceilDiv(columns, TASK);
        workers.run(batch * down * across, task -> {
            int base = task / (down * across) * rows * columns;
            int r = task / across % down * TASK;
            int c = task % across * TASK;
            block(x.array, x.offset + base + r * columns + c, columns, Math.min(TASK, rows - r),
                    Math.min(TASK, columns - c), y.array, y.offset + base + c * rows + r, rows);
        });
    }

    /** y[yAt + c * yStep + r] = x[xAt + r * xStep + c]. */
    static void block(float[] x, int xAt, int xStep, int rows, int columns, float[] y, int yAt, int yStep) {
        float[] square = SQUARE.get();
        int r = 0;
        for (; r <= rows - LANES; r += LANES) {
            int c = 0;
            for (; c <= columns - LANES; c += LANES) {
                lowBits(x, xAt + r * xStep + c, xStep, square);
                highBits(square, y, yAt + c * yStep + r, yStep);
            }
            plain(x, xAt + r * xStep + c, xStep, LANES, columns - c, y, yAt + c * yStep + r, yStep);
        }
        plain(x, xAt + r * xStep, xStep, rows - r, columns, y, yAt + r, yStep);
    }

    private static void plain(float[] x, int xAt, int xStep, int rows, int columns, float[] y, int yAt, int yStep) {
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < rows; r++) {
                y[yAt + c * yStep + r] = x[xAt + r * xStep + c];
            }
        }
    }

    /** Exchanges bits 1 and 2 of rows and lanes of the square at x. */
    private static void lowBits(float[] x, int at, int step, float[] square) {
        for (int r = 0; r < LANES; r += 4) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, at + r * step);
            FloatVector b = FloatVector.fromArray(SPECIES, x, at + (r + 1) * step);
            FloatVector c = FloatVector.fromArray(SPECIES, x, at + (r + 2) * step);
            FloatVector d = FloatVector.fromArray(SPECIES, x, at + (r + 3) * step);
            FloatVector ab = a.blend(b.rearrange(SWAP_1), SET_1);
            FloatVector ba = b.blend(a.rearrange(SWAP_1), CLEAR_1);
            FloatVector cd = c.blend(d.rearrange(SWAP_1), SET_1);
            FloatVector dc = d.blend(c.rearrange(SWAP_1), CLEAR_1);
            ab.blend(cd.rearrange(SWAP_2), SET_2).intoArray(square, r * LANES);
            ba.blend(dc.rearrange(SWAP_2), SET_2).intoArray(square, (r + 1) * LANES);
            cd.blend(ab.rearrange(SWAP_2), CLEAR_2).intoArray(square, (r + 2) * LANES);
            dc.blend(ba.rearrange(SWAP_2), CLEAR_2).intoArray(square, (r + 3) * LANES);
        }
    }

    /** Exchanges bits 4 and 8, as far as the machine's lanes have them, and stores the square. */
    private static void highBits(float[] square, float[] y, int at, int step) {
        if (LANES == 16) {
            bits4And8(square, y, at, step);
        } else if (LANES == 8) {
            bit4(square, y, at, step);
        } else {
            for (int r = 0; r < LANES; r++) {
                FloatVector.fromArray(SPECIES, square, r * LANES).intoArray(y, at + r * step);
            }
        }
    }

    private static void bits4And8(float[] square, float[] y, int at, int step) {
        for (int r = 0; r < 4; r++) {
            FloatVector a = FloatVector.fromArray(SPECIES, square, r * LANES);
            FloatVector b = FloatVector.fromArray(SPECIES, square, (r + 4) * LANES);
            FloatVector c = FloatVector.fromArray(SPECIES, square, (r + 8) * LANES);
            FloatVector d = FloatVector.fromArray(SPECIES, square, (r + 12) * LANES);
            FloatVector ab = a.blend(b.rearrange(SWAP_4), SET_4);
            FloatVector ba = b.blend(a.rearrange(SWAP_4), CLEAR_4);
            FloatVector cd = c.blend(d.rearrange(SWAP_4), SET_4);
            FloatVector dc = d.blend(c.rearrange(SWAP_4), CLEAR_4);
            ab.blend(cd.rearrange(SWAP_8), SET_8).intoArray(y, at + r * step);
            ba.blend(dc.rearrange(SWAP_8), SET_8).intoArray(y, at + (r + 4) * step);
            cd.blend(ab.rearrange(SWAP_8), CLEAR_8).intoArray(y, at + (r + 8) * step);
            dc.blend(ba.rearrange(SWAP_8), CLEAR_8).intoArray(y, at + (r + 12) * step);
        }
    }

    private static void bit4(float[] square, float[] y, int at, int step) {
        for (int r = 0; r < 4; r++) {
            FloatVector a = FloatVector.fromArray(SPECIES, square, r * LANES);
            FloatVector b = FloatVector.fromArray(SPECIES, square, (r + 4) * LANES);
            a.blend(b.rearrange(SWAP_4), SET_4).intoArray(y, at + r * step);
            b.blend(a.rearrange(SWAP_4), CLEAR_4).intoArray(y, at + (r + 4) * step);
        }
    }

    private static VectorShuffle<Float> swap(int bit) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ bit) % LANES);
    }

    /** The lanes whose number has the bit. */
    private static VectorMask<Float> set(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < LANES; lane++) {
            lanes |= (lane & bit) == 0 ? 0 : 1L << lane;
        }
        return VectorMask.fromLong(SPECIES, lanes);
    }
}
