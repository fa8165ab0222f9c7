package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.FloatMemory.FIRST;
import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;
import static dev.cprfl.kernels.vector.WinogradTiles.DEPTH;
import static dev.cprfl.kernels.vector.WinogradTiles.IN;
import static dev.cprfl.kernels.vector.WinogradTiles.OUT;
import static dev.cprfl.kernels.vector.WinogradTiles.POINTS;
import static dev.cprfl.kernels.vector.WinogradTiles.SPREAD;
import static dev.cprfl.kernels.vector.WinogradTiles.TAPS;

/**
 * A 3x3 convolution that skips no pixel, by Winograd's algorithm F(4x4, 3x3) (Lavin and Gray 2016): 36 multiplications for 16
 * output numbers instead of 144.
 *
 * <p>The output is cut into tiles of 4x4 pixels, each of which depends on 6x6 pixels of the input. With the transforms of
 * {@link WinogradTransforms}, V of the input and U of the weights, there are 36 matrix products
 * M_p [tiles, n] = V_p [tiles, channels] U_p [channels, n], and the transform of M is the output. Tiles at the edge read zeros
 * outside the image and write only what exists.
 *
 * <p><b>Layout.</b> V and U are written as {@link GemmTile} reads its operands: V in blocks of tiles, U in panels of columns,
 * both in parts of at most DEPTH channels. A part of a block is [p, tile, STEP_A], a part of a panel [p, channel, COLUMNS], M
 * of a block and a panel [p, tile, COLUMNS].
 *
 * <p><b>Threads.</b> Whichever of U and V is smaller is computed first, by all threads, and shared. Then each task computes a
 * block or a panel of the other and multiplies it with all there is while it is in the second-level cache. Both orders and
 * any number of threads give the same bits.
 *
 * <p><b>Errors.</b> Measured, an output is off by 1 to 2 u times the sum of its absolute products, u = 2^-24, and by
 * at most 14 u. A NaN or an infinity in x makes all numbers of its tiles NaN, that is at most 8x8 pixels.
 */
final class Winograd {

    /** Tiles in a block: so that V of up to some 200 channels stays in the second-level cache. */
    private static final int BLOCK = 48 / ROWS * ROWS;
    /** Measured: the transform of the weights takes about as long as so many tiles do. */
    private static final int TILES_FOR_WEIGHTS = 16;
    /** Numbers of U or V that may be shared: half a gigabyte. */
    private static final long MOST_SHARED = 1 << 27;
    private static final int STEP_V = BLOCK * STEP_A + SPREAD;
    private static final int STEP_M = BLOCK * COLUMNS + SPREAD;
    private static final int PART_V = POINTS * STEP_V;
    private static final int LENGTH_M = POINTS * STEP_M;
    /** Channels whose weights are copied for all taps in turn: longer runs meet too many pages when w is [O, 9, I]. */
    private static final int GATHERED = 64;

    private static final float[] ZEROS = new float[COLUMNS];
    private static final ThreadLocal<Buffers> BUFFERS = ThreadLocal.withInitial(Buffers::new);

    /** Working memory of a thread, kept from call to call. */
    private static final class Buffers {
        /** U or V for all threads, while this one is the caller. */
        float[] shared = {};
        /** A block of V or a part of a panel of U. */
        float[] own = {};
        float[] m = {};
        final float[] taps = new float[FIRST + TAPS * DEPTH * COLUMNS];
        /** A row of 4 pixels of y. */
        final float[] pixels = new float[OUT * COLUMNS];
        /** What is between the two passes of a transform. */
        final float[] half = new float[FIRST + POINTS * DEPTH];
        final float[] bias = new float[COLUMNS];
    }

    private final WinogradTiles tiles;
    private final int channels;
    private final Operand weights;
    private final int n;
    private final FloatStorage bias;
    private final Target y;
    private final int blocks;
    private final int panels;
    private final int parts;
    private final int panelLength;

    /**
     * @param batch number of images
     * @param x windows of 3x3 pixels, one step apart: the first factor of the product
     * @param product its second factor holds the weights, [9 * channels, n]; its target is plain
     */
    Winograd(int batch, Patches x, Product product) {
        tiles = new WinogradTiles(batch, x);
        channels = x.channels();
        weights = product.b();
        n = product.n();
        bias = product.bias();
        y = product.c();
        blocks = Math.ceilDiv(tiles.count(), BLOCK);
        panels = Math.ceilDiv(n, COLUMNS);
        parts = Math.ceilDiv(channels, DEPTH);
        panelLength = POINTS * (channels * COLUMNS + parts * SPREAD);
    }

    /** Whether this can be done, and with fewer multiplications than the product with the patches. */
    static boolean suits(int batch, Patches x, int n) {
        return WinogradTiles.suit(batch, x, n, TILES_FOR_WEIGHTS)
                && POINTS * Math.min(WinogradTiles.count(batch, x), n) * Math.ceilDiv(x.channels(), DEPTH)
                        * STEP_A <= MOST_SHARED;
    }

    /** @param frozen of the weights, or null */
    void compute(Workers workers, Frozen frozen) {
        float[] gathered = frozen == null ? null : frozen.gathered(workers, this);
        if (tiles.count() > n) {
            weightsFirst(workers, gathered);
        } else {
            tilesFirst(workers, gathered);
        }
    }

    /**
     * All weights in the order in which their transform reads them: [panel, part, tap, channel, COLUMNS].
     * Keeping U itself does not pay, it is four times as long and comes from memory more slowly than it is computed.
     */
    float[] gatherWeights(Workers workers) {
        float[] gathered = new float[FIRST + TAPS * channels * COLUMNS * panels];
        workers.run(panels * parts,
                task -> gather(task / parts, task % parts, gathered, gatheredAt(task / parts, task % parts)));
        return gathered;
    }

    private int gatheredAt(int panel, int part) {
        return FIRST + TAPS * COLUMNS * (panel * channels + partStart(part));
    }

    private static float[] atLeast(int length, float[] array) {
        return array.length < length + FIRST ? new float[length + FIRST] : array;
    }

    private void weightsFirst(Workers workers, float[] gathered) {
        Buffers caller = BUFFERS.get();
        caller.shared = atLeast(panels * panelLength, caller.shared);
        float[] u = caller.shared;
        workers.run(panels * parts, task -> transformWeights(task / parts, task % parts, gathered, u,
                FIRST + task / parts * panelLength + partOfPanel(task % parts)));
        workers.run(blocks, block -> {
            Buffers buffers = BUFFERS.get();
            buffers.own = atLeast(parts * PART_V, buffers.own);
            buffers.m = atLeast(LENGTH_M, buffers.m);
            for (int part = 0; part < parts; part++) {
                transformTiles(block, part, buffers.own, FIRST + part * PART_V);
            }
            for (int panel = 0; panel < panels; panel++) {
                for (int part = 0; part < parts; part++) {
                    multiply(block, part, buffers.own, FIRST + part * PART_V, u,
                            FIRST + panel * panelLength + partOfPanel(part),
                            buffers.m, FIRST);
                }
                transformProducts(block, panel, buffers.m, FIRST);
            }
        });
    }

    private void tilesFirst(Workers workers, float[] gathered) {
        Buffers caller = BUFFERS.get();
        caller.shared = atLeast(parts * blocks * PART_V, caller.shared);
        float[] v = caller.shared;
        workers.run(parts * blocks, task -> transformTiles(task % blocks, task / blocks, v, FIRST + task * PART_V));
        workers.run(panels, panel -> {
            Buffers buffers = BUFFERS.get();
            buffers.own = atLeast(POINTS * stepU(DEPTH), buffers.own);
            buffers.m = atLeast(blocks * LENGTH_M, buffers.m);
            for (int part = 0; part < parts; part++) {
                transformWeights(panel, part, gathered, buffers.own, FIRST);
                for (int block = 0; block < blocks; block++) {
                    multiply(block, part, v, FIRST + (part * blocks + block) * PART_V, buffers.own, FIRST, buffers.m,
                            FIRST + block * LENGTH_M);
                }
            }
            for (int block = 0; block < blocks; block++) {
                transformProducts(block, panel, buffers.m, FIRST + block * LENGTH_M);
            }
        });
    }

    /** First channel of a part. Parts are equally long or nearly, so that none is shorter than a vector. */
    private int partStart(int part) {
        return (int) ((long) channels * part / parts);
    }

    /** Where a part of a panel of U begins. */
    private int partOfPanel(int part) {
        return POINTS * (partStart(part) * COLUMNS + part * SPREAD);
    }

    /** Distance of the matrices U_p of a part. */
    private int stepU(int depth) {
        return depth * COLUMNS + SPREAD;
    }

    /** @param gathered all weights, or null: then they are gathered here */
    private void transformWeights(int panel, int part, float[] gathered, float[] u, int at) {
        int depth = partStart(part + 1) - partStart(part);
        int step = depth * COLUMNS;
        float[] taps = gathered;
        int tapsAt = gatheredAt(panel, part);
        if (gathered == null) {
            taps = BUFFERS.get().taps;
            tapsAt = FIRST;
            gather(panel, part, taps, tapsAt);
        }
        WinogradTransforms.weights(step, taps, tapsAt, step, u, at, stepU(depth));
    }

    /** The weights of a part of a panel: [tap, channel, COLUMNS]. */
    private void gather(int panel, int part, float[] taps, int at) {
        int start = partStart(part);
        int depth = partStart(part + 1) - start;
        int width = Math.min(COLUMNS, n - panel * COLUMNS);
        int step = depth * COLUMNS;
        if (width < COLUMNS) {
            Copy.zeros(taps, at, TAPS * step);
        }
        for (int c = 0; c < depth; c += GATHERED) {
            int rows = Math.min(GATHERED, depth - c);
            for (int tap = 0; tap < TAPS; tap++) {
                weights.copy(0, tap * channels + start + c, rows, panel * COLUMNS, width, taps,
                        at + tap * step + c * COLUMNS, COLUMNS);
            }
        }
    }

    private void transformTiles(int block, int part, float[] v, int at) {
        float[] half = BUFFERS.get().half;
        int start = partStart(part);
        int depth = partStart(part + 1) - start;
        int count = Math.min(BLOCK, tiles.count() - block * BLOCK);
        for (int i = 0; i < count; i++) {
            tiles.transformColumns(block * BLOCK + i, start, depth, half);
            int to = at + i * STEP_A;
            for (int r = 0; r < IN; r++) {
                WinogradTransforms.input(depth, half, FIRST + r * IN * DEPTH, DEPTH, v, to + r * IN * STEP_V, STEP_V);
            }
        }
    }

    /** The 36 products of a part of a block and a part of a panel. */
    private void multiply(int block, int part, float[] v, int vAt, float[] u, int uAt, float[] m, int mAt) {
        int rows = Math.min(BLOCK, tiles.count() - block * BLOCK);
        int depth = partStart(part + 1) - partStart(part);
        WinogradTiles.products(rows, depth, v, vAt, STEP_V, u, uAt, stepU(depth), m, mAt, STEP_M, part > 0);
    }

    /** From M to the numbers of y in a block of tiles and a panel of columns. */
    private void transformProducts(int block, int panel, float[] m, int at) {
        Buffers buffers = BUFFERS.get();
        int count = Math.min(BLOCK, tiles.count() - block * BLOCK);
        int width = Math.min(COLUMNS, n - panel * COLUMNS);
        if (bias != null) {
            Copy.run(bias.array, bias.offset + panel * COLUMNS, buffers.bias, 0, width);
        }
        float[] start = bias == null ? ZEROS : buffers.bias;
        for (int i = 0; i < count; i++) {
            inverse(buffers, m, at + i * COLUMNS, block * BLOCK + i, panel, width, start);
        }
    }

    /** One row of each M_p to the pixels of a tile. */
    private void inverse(Buffers buffers, float[] m, int mAt, int tile, int panel, int width, float[] start) {
        for (int column = 0; column < IN; column++) {
            WinogradTransforms.output(COLUMNS, m, mAt + column * STEP_M, IN * STEP_M, ZEROS, 0,
                    buffers.half, FIRST + column * COLUMNS, IN * COLUMNS);
        }
        int corner = tiles.pixel(tile);
        int rows = tiles.rows(tile);
        int columns = tiles.columns(tile);
        boolean whole = columns == OUT && width == COLUMNS;
        for (int r = 0; r < rows; r++) {
            int first = corner + r * tiles.gridWidth();
            int at = y.row(first) + panel * COLUMNS;
            WinogradTransforms.output(COLUMNS, buffers.half, FIRST + r * IN * COLUMNS, COLUMNS, start, 0,
                    whole ? y.array : buffers.pixels, whole ? at : 0, whole ? y.step : COLUMNS);
            if (!whole) {
                for (int c = 0; c < columns; c++) {
                    Copy.run(buffers.pixels, c * COLUMNS, y.array, at + c * y.step, width);
                }
            }
            y.finish(first, columns, panel * COLUMNS, width);
        }
    }
}
