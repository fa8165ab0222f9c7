package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.DEPTH;
import static dev.cprfl.kernels.vector.GemmTile.FEW;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;
import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * The matrix product C = A B + bias on one thread, around {@link GemmTile}, blocked for the caches as in BLIS (Van Zee and
 * van de Geijn 2015).
 *
 * <p>For every DEPTH numbers of k: a block of B is packed into panels of COLUMNS columns (second-level cache), then block
 * after block of A is packed (second-level cache), and each panel (first-level cache) meets each tile of rows. Tiles at the
 * edges are computed in full, into a scratch tile. What is packed of A and B, and where the rows of C lie, is the business of
 * {@link Operand} and {@link Target}: a convolution is a product too.
 *
 * <p>Every number of C is summed in the same order in whichever rectangle it is computed: multiply-adds along each block of
 * DEPTH, the first block starting from the bias, and the blocks in turn.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k summed dimension; may be zero
 * @param a [m, k]
 * @param b [k, n]
 * @param bias [n], or null for zeros
 * @param c [m, n], overwritten
 */
record Product(int m, int n, int k, Operand a, Operand b, FloatStorage bias, Target c) {

    /** Rows of A packed at a time: about 160 KiB. */
    private static final int ROWS_BLOCK = 192 / ROWS * ROWS;
    /** Columns of B packed at a time: 384 KiB. */
    private static final int COLUMNS_BLOCK = 512;

    private static final float[] ZEROS = new float[COLUMNS];
    private static final ThreadLocal<Buffers> BUFFERS = ThreadLocal.withInitial(Buffers::new);

    /** Working memory of a thread. */
    private static final class Buffers {
        final float[] a = new float[ROWS_BLOCK * STEP_A];
        final float[] b = new float[COLUMNS_BLOCK * DEPTH];
        final float[] bias = new float[COLUMNS_BLOCK];
        final float[] tile = new float[ROWS * COLUMNS];
    }

    /** Computes all of C. The shifts select one product of a batch: they are added to every index of A, B and C. */
    void compute(int shiftA, int shiftB, int shiftC) {
        compute(shiftA, shiftB, shiftC, 0, m, 0, n);
    }

    /** Computes rows i0 to i1 of columns j0 to j1. */
    void compute(int shiftA, int shiftB, int shiftC, int i0, int i1, int j0, int j1) {
        Buffers buffers = BUFFERS.get();
        // Blocks are counted, here and below, because the index after the last may be beyond the largest int.
        for (int block = 0; block < Math.ceilDiv(j1 - j0, COLUMNS_BLOCK); block++) {
            int j = j0 + block * COLUMNS_BLOCK;
            computeColumns(buffers, shiftA, shiftB, shiftC, i0, i1, j, Math.min(COLUMNS_BLOCK, j1 - j));
        }
    }

    private void computeColumns(Buffers buffers, int shiftA, int shiftB, int shiftC, int i0, int i1, int j,
            int columns) {
        if (bias != null) {
            Copy.run(bias.array, bias.offset + j, buffers.bias, 0, columns);
        }
        boolean direct = i1 - i0 <= ROWS && b instanceof Matrix matrix && !matrix.transposed();
        int depthBlocks = Math.max(1, Math.ceilDiv(k, DEPTH)); // if k is zero, one pass writes the bias
        for (int depthBlock = 0; depthBlock < depthBlocks; depthBlock++) {
            int p = depthBlock * DEPTH;
            int depth = Math.min(DEPTH, k - p);
            packB(shiftB, p, depth, j, columns, direct, buffers.b);
            for (int block = 0; block < Math.ceilDiv(i1 - i0, ROWS_BLOCK); block++) {
                int i = i0 + block * ROWS_BLOCK;
                int rows = Math.min(ROWS_BLOCK, i1 - i);
                a.copy(shiftA, i, rows, p, depth, buffers.a, 0, STEP_A);
                for (int column = 0; column < columns; column += COLUMNS) {
                    float[] init = p == 0 && bias != null ? buffers.bias : ZEROS;
                    int initAt = p == 0 && bias != null ? column : 0;
                    int width = Math.min(COLUMNS, columns - column);
                    if (direct && width == COLUMNS) {
                        Matrix matrix = (Matrix) b;
                        int at = matrix.at() + shiftB + p * matrix.step() + j + column;
                        tiles(buffers, depth, matrix.array(), at, matrix.step(), init, initAt, shiftC, i, rows,
                                j + column, width, p > 0);
                    } else {
                        tiles(buffers, depth, buffers.b, column * DEPTH, COLUMNS, init, initAt, shiftC, i, rows,
                                j + column, width, p > 0);
                    }
                    if (depthBlock == depthBlocks - 1) {
                        c.finish(i, rows, j + column, width);
                    }
                }
            }
        }
    }

    /** Packs the block of B into panels, DEPTH rows apart; {@code direct} only the last, narrow one. */
    private void packB(int shiftB, int p, int depth, int j, int columns, boolean direct, float[] packed) {
        int whole = columns / COLUMNS * COLUMNS;
        for (int column = direct ? whole : 0; column < columns; column += COLUMNS) {
            int width = Math.min(COLUMNS, columns - column);
            if (width < COLUMNS) {
                Copy.zeros(packed, column * DEPTH, depth * COLUMNS);
            }
            b.copy(shiftB, p, depth, j + column, width, packed, column * DEPTH, COLUMNS);
        }
    }

    /** One panel of B with all rows of the packed block of A. */
    private void tiles(Buffers buffers, int depth, float[] panel, int panelAt, int panelStep, float[] init, int initAt,
            int shiftC, int i, int rows, int j, int width, boolean add) {
        int row = 0;
        while (row < rows) {
            boolean tall = rows - row > ROWS - FEW;
            int height = Math.min(tall ? ROWS : FEW, rows - row);
            boolean whole = height == (tall ? ROWS : FEW) && width == COLUMNS && c.isPlain();
            float[] to = whole ? c.array : buffers.tile;
            int toAt = whole ? c.row(i + row) + shiftC + j : 0;
            int toStep = whole ? c.step : COLUMNS;
            if (tall) {
                GemmTile.tall(depth, buffers.a, row * STEP_A, panel, panelAt, panelStep, init, initAt, to, toAt,
                        toStep, whole && add);
            } else {
                GemmTile.few(depth, buffers.a, row * STEP_A, panel, panelAt, panelStep, init, initAt, to, toAt, toStep,
                        whole && add);
            }
            if (!whole) {
                for (int r = 0; r < height; r++) {
                    merge(buffers.tile, r * COLUMNS, c.array, c.row(i + row + r) + shiftC + j, width, add);
                }
            }
            row += height;
        }
    }

    /** Writes or adds one row of a scratch tile to C. */
    private static void merge(float[] tile, int tileAt, float[] c, int at, int width, boolean add) {
        int x = 0;
        for (; x < SPECIES.loopBound(width); x += LANES) {
            FloatVector sum = FloatVector.fromArray(SPECIES, tile, tileAt + x);
            if (add) {
                sum = sum.add(FloatVector.fromArray(SPECIES, c, at + x));
            }
            sum.intoArray(c, at + x);
        }
        for (; x < width; x++) {
            c[at + x] = add ? c[at + x] + tile[tileAt + x] : tile[tileAt + x];
        }
    }
}
