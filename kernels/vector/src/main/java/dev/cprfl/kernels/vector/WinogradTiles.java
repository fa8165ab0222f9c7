package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.FloatMemory.FIRST;
import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.FEW;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;
import static dev.cprfl.kernels.vector.Simd.LANES;

/**
 * What {@link Winograd} and its gradient share: the tiles of 4x4 windows of which each depends on 6x6 pixels, the first pass of
 * the transform of these pixels, and the 36 matrix products. Pixels outside the image are zeros.
 */
final class WinogradTiles {

    private static final boolean ENABLED = Boolean.parseBoolean(System.getProperty("cprfl.winograd", "true"));

    /** Windows along the side of a tile, and the pixels it depends on. */
    static final int OUT = 4;
    static final int IN = 6;
    static final int POINTS = IN * IN;
    static final int TAPS = 9;

    /** Channels transformed at a time, at most. */
    static final int DEPTH = 192;
    /** Keeps the 36 matrices from starting in the same cache sets: their lengths are near multiples of 4 KiB. */
    static final int SPREAD = 16;

    private static final float[] ZEROS = new float[COLUMNS];
    private static final ThreadLocal<float[]> PIXELS = ThreadLocal.withInitial(() -> new float[FIRST + POINTS * DEPTH]);

    private final Patches x;
    private final int down;
    private final int across;
    private final int count;

    /** @param x windows of 3x3 pixels, one step apart, of {@code batch} images */
    WinogradTiles(int batch, Patches x) {
        this.x = x;
        down = Math.ceilDiv(x.gridHeight(), OUT);
        across = Math.ceilDiv(x.gridWidth(), OUT);
        count = (int) count(batch, x);
    }

    static long count(int batch, Patches x) {
        return (long) batch * Math.ceilDiv(x.gridHeight(), OUT) * Math.ceilDiv(x.gridWidth(), OUT);
    }

    /**
     * Whether 36 numbers a tile are fewer than 9 a window, what else is to be done counted as so many tiles, and the
     * transforms can be done. With more padding than 1 the corners see a single tap of the kernel, and errors, which come from
     * the whole tile, would be large beside such sums.
     */
    static boolean suit(int batch, Patches x, int n, int further) {
        long windows = (long) batch * x.gridHeight() * x.gridWidth();
        return ENABLED && x.windowHeight() == 3 && x.windowWidth() == 3 && x.step() == 1
                && x.top() >= -1 && x.left() >= -1
                && x.channels() >= LANES && n >= LANES
                && TAPS * windows >= POINTS * (count(batch, x) + further);
    }

    int count() {
        return count;
    }

    int gridWidth() {
        return x.gridWidth();
    }

    /** Number of the first window of a tile. */
    int pixel(int tile) {
        return (tile / across / down * x.gridHeight() + top(tile)) * x.gridWidth() + left(tile);
    }

    /** How many rows of windows a tile has; fewer than OUT at the lower edge. */
    int rows(int tile) {
        return Math.min(OUT, x.gridHeight() - top(tile));
    }

    /** How many columns of windows. */
    int columns(int tile) {
        return Math.min(OUT, x.gridWidth() - left(tile));
    }

    private int top(int tile) {
        return tile / across % down * OUT;
    }

    private int left(int tile) {
        return tile % across * OUT;
    }

    /**
     * B^T along the columns of a tile's pixels.
     *
     * @param channel the first of {@code depth} channels, at least LANES and at most DEPTH
     * @param half [6, 6, DEPTH] from FIRST on, written
     */
    void transformColumns(int tile, int channel, int depth, float[] half) {
        int top = x.top() + top(tile);
        int left = x.left() + left(tile);
        int corner = x.at() + ((tile / across / down * x.height() + top) * x.width() + left) * x.channels() + channel;
        boolean inside = top >= 0 && left >= 0 && top + IN <= x.height() && left + IN <= x.width();
        float[] from = x.images();
        int fromAt = corner;
        int pixel = x.channels();
        int row = x.width() * x.channels();
        if (!inside) {
            from = PIXELS.get();
            fromAt = FIRST;
            pixel = DEPTH;
            row = IN * DEPTH;
            gather(corner, top, left, depth, from);
        }
        for (int column = 0; column < IN; column++) {
            WinogradTransforms.input(depth, from, fromAt + column * pixel, row, half, FIRST + column * DEPTH,
                    IN * DEPTH);
        }
    }

    /** Copies 6x6 pixels. */
    private void gather(int corner, int top, int left, int depth, float[] pixels) {
        for (int r = 0; r < IN; r++) {
            for (int c = 0; c < IN; c++) {
                int to = FIRST + (r * IN + c) * DEPTH;
                if (top + r >= 0 && top + r < x.height() && left + c >= 0 && left + c < x.width()) {
                    Copy.run(x.images(), corner + (r * x.width() + c) * x.channels(), pixels, to, depth);
                } else {
                    Copy.zeros(pixels, to, depth);
                }
            }
        }
    }

    /**
     * C_p = A_p B_p for the 36 points p, on operands as {@link GemmTile} reads them.
     *
     * @param rows of each A_p and C_p
     * @param depth of the sums
     * @param stepA distance of the matrices A_p, and so on
     * @param add to what is in C
     */
    static void products(int rows, int depth, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] c,
            int cAt, int stepC, boolean add) {
        for (int p = 0; p < POINTS; p++) {
            product(rows, depth, a, aAt + p * stepA, b, bAt + p * stepB, c, cAt + p * stepC, add);
        }
    }

    private static void product(int rows, int depth, float[] a, int aAt, float[] b, int bAt, float[] c, int cAt,
            boolean add) {
        float[] init = add ? c : ZEROS;
        int initStep = add ? COLUMNS : 0;
        int row = 0;
        while (row < rows) {
            if (rows - row > ROWS - FEW) {
                GemmTile.tall(depth, a, aAt + row * STEP_A, b, bAt, COLUMNS, init, add ? cAt + row * COLUMNS : 0,
                        initStep, c, cAt + row * COLUMNS, COLUMNS);
                row += ROWS;
            } else {
                GemmTile.few(depth, a, aAt + row * STEP_A, b, bAt, COLUMNS, init, add ? cAt + row * COLUMNS : 0,
                        initStep, c, cAt + row * COLUMNS, COLUMNS);
                row += FEW;
            }
        }
    }
}
