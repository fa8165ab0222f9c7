package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.FloatMemory.FIRST;
import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.DEPTH;
import static dev.cprfl.kernels.vector.GemmTile.FEW;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;

/**
 * The matrix product C = A B + bias on one thread, around {@link GemmTile}, blocked for the caches as in BLIS (Van Zee and
 * van de Geijn 2015).
 *
 * <p>For every DEPTH numbers of k: a block of B is packed into panels of COLUMNS columns (second-level cache), then block
 * after block of A is packed, and each panel meets each tile of rows (first-level cache). A B that was packed once and for
 * all, {@link Panels}, is read where it lies. Tiles at the edges are computed in full, into a scratch tile. What is packed of
 * A and B, and where the rows of C lie, is the business of {@link Operand} and {@link Target}: a convolution is a product too.
 *
 * <p>Every number of C is summed in the same order in whichever rectangle it is computed: multiply-adds along each block of
 * k, and these sums, one after the other, added to the bias.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k summed dimension; may be zero
 * @param a [m, k]
 * @param b [k, n]
 * @param panels B once more, packed before, or null
 * @param bias [n], or null for zeros
 * @param c [m, n], overwritten
 */
record Product(int m, int n, int k, Operand a, Operand b, Panels panels, FloatStorage bias, Target c) {

    /** Rows of A packed at a time: 100 KiB. */
    private static final int ROWS_BLOCK = 48 / ROWS * ROWS;
    /** Numbers of B packed at a time: 768 KiB, of as many columns as that makes. */
    private static final int BLOCK_OF_B = 192 * 1024;

    private static final float[] ZEROS = new float[COLUMNS];
    private static final ThreadLocal<Buffers> BUFFERS = ThreadLocal.withInitial(Buffers::new);

    /** Working memory of a thread. */
    private static final class Buffers {
        final float[] a = new float[FIRST + ROWS_BLOCK * STEP_A];
        final float[] b = new float[FIRST + BLOCK_OF_B];
        final float[] bias = new float[COLUMNS];
        final float[] tile = new float[ROWS * COLUMNS];
    }

    Product(int m, int n, int k, Operand a, Operand b, FloatStorage bias, Target c) {
        this(m, n, k, a, b, null, bias, c);
    }

    /** The same product with B packed. */
    Product with(Panels packed) {
        return new Product(m, n, k, a, b, packed, bias, c);
    }

    /** Computes all of C. The shifts select one product of a batch: they are added to every index of A, B and C. */
    void compute(int shiftA, int shiftB, int shiftC) {
        compute(shiftA, shiftB, shiftC, 0, m, 0, n);
    }

    /** Computes rows i0 to i1 of columns j0 to j1; j0 is a multiple of COLUMNS. */
    void compute(int shiftA, int shiftB, int shiftC, int i0, int i1, int j0, int j1) {
        compute(shiftA, shiftB, shiftC, i0, i1, j0, j1, 0, k);
    }

    /** The same with the part k0 to k1 of each sum alone. */
    void compute(int shiftA, int shiftB, int shiftC, int i0, int i1, int j0, int j1, int k0, int k1) {
        // With so few rows each number of B is used once: whole panels are read where they lie.
        boolean once = i1 - i0 <= ROWS && panels == null && b instanceof Matrix matrix && !matrix.transposed();
        int end = once ? j0 + (j1 - j0) / COLUMNS * COLUMNS : j0;
        computeColumns(true, shiftA, shiftB, shiftC, i0, i1, j0, end, k0, k1);
        computeColumns(false, shiftA, shiftB, shiftC, i0, i1, end, j1, k0, k1);
    }

    private void computeColumns(boolean direct, int shiftA, int shiftB, int shiftC, int i0, int i1, int j0, int j1,
            int k0, int k1) {
        int columns = BLOCK_OF_B / Math.clamp(k, COLUMNS, DEPTH) / COLUMNS * COLUMNS;
        // Blocks are counted, here and below, because the index after the last may be beyond the largest int.
        for (int block = 0; block < Math.ceilDiv(j1 - j0, columns); block++) {
            int j = j0 + block * columns;
            computeBlock(direct, shiftA, shiftB, shiftC, i0, i1, j, Math.min(columns, j1 - j), k0, k1);
        }
    }

    private void computeBlock(boolean direct, int shiftA, int shiftB, int shiftC, int i0, int i1, int j, int columns,
            int k0, int k1) {
        Buffers buffers = BUFFERS.get();
        int depthBlocks = Math.max(1, Math.ceilDiv(k1 - k0, DEPTH)); // if k is zero, one pass writes the bias
        for (int depthBlock = 0; depthBlock < depthBlocks; depthBlock++) {
            int p = k0 + depthBlock * DEPTH;
            int depth = Math.min(DEPTH, k1 - p);
            float[] panel = buffers.b;
            int panelAt = FIRST;
            int panelStep = COLUMNS;
            int nextColumn = depth;
            if (panels != null) {
                panel = panels.array();
                panelAt = panels.at(p, j);
                nextColumn = k;
            } else if (direct) {
                Matrix matrix = (Matrix) b;
                panel = matrix.array();
                panelAt = matrix.at() + shiftB + p * matrix.step() + j;
                panelStep = matrix.step();
                nextColumn = 1;
            } else {
                packB(shiftB, p, depth, j, columns, panel);
            }
            for (int block = 0; block < Math.ceilDiv(i1 - i0, ROWS_BLOCK); block++) {
                int i = i0 + block * ROWS_BLOCK;
                int rows = Math.min(ROWS_BLOCK, i1 - i);
                a.copy(shiftA, i, rows, p, depth, buffers.a, FIRST, STEP_A);
                for (int column = 0; column < columns; column += COLUMNS) {
                    tiles(buffers, depthBlock == 0, depth, panel, panelAt + column * nextColumn, panelStep, shiftC,
                            i, rows, j + column, Math.min(COLUMNS, columns - column));
                }
                if (depthBlock == depthBlocks - 1) {
                    c.finish(i, rows, j, columns);
                }
            }
        }
    }

    /** Packs the block of B into panels, one after the other. */
    private void packB(int shiftB, int p, int depth, int j, int columns, float[] packed) {
        for (int column = 0; column < columns; column += COLUMNS) {
            packPanel(b, shiftB, p, depth, j + column, Math.min(COLUMNS, columns - column), packed,
                    FIRST + column * depth);
        }
    }

    /** Packs rows p to p + depth of up to COLUMNS columns; what is missing of these becomes zero. */
    static void packPanel(Operand b, int shiftB, int p, int depth, int j, int width, float[] packed, int at) {
        if (width < COLUMNS) {
            Copy.zeros(packed, at, depth * COLUMNS);
        }
        b.copy(shiftB, p, depth, j, width, packed, at, COLUMNS);
    }

    /** One panel of B with all rows of the packed block of A. */
    private void tiles(Buffers buffers, boolean first, int depth, float[] panel, int panelAt, int panelStep,
            int shiftC, int i, int rows, int j, int width) {
        float[] start = ZEROS;
        int startAt = 0;
        if (first && bias != null && width == COLUMNS) {
            start = bias.array;
            startAt = bias.offset + j;
        } else if (first && bias != null) {
            start = buffers.bias;
            Copy.run(bias.array, bias.offset + j, start, 0, width);
        }
        int row = 0;
        while (row < rows) {
            boolean tall = rows - row > ROWS - FEW;
            int height = Math.min(tall ? ROWS : FEW, rows - row);
            boolean whole = height == (tall ? ROWS : FEW) && width == COLUMNS && c.isPlain();
            float[] to = whole ? c.array : buffers.tile;
            int toAt = whole ? c.row(i + row) + shiftC + j : 0;
            int toStep = whole ? c.step : COLUMNS;
            if (!whole && !first) {
                for (int r = 0; r < height; r++) {
                    Copy.run(c.array, c.row(i + row + r) + shiftC + j, buffers.tile, r * COLUMNS, width);
                }
            }
            float[] init = first ? start : to;
            int initAt = first ? startAt : toAt;
            int initStep = first ? 0 : toStep;
            if (tall) {
                GemmTile.tall(depth, buffers.a, FIRST + row * STEP_A, panel, panelAt, panelStep, init, initAt,
                        initStep, to, toAt, toStep);
            } else {
                GemmTile.few(depth, buffers.a, FIRST + row * STEP_A, panel, panelAt, panelStep, init, initAt,
                        initStep, to, toAt, toStep);
            }
            if (!whole) {
                for (int r = 0; r < height; r++) {
                    Copy.run(buffers.tile, r * COLUMNS, c.array, c.row(i + row + r) + shiftC + j, width);
                }
            }
            row += height;
        }
    }
}
