package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.FloatMemory.FIRST;
import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;
import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.WinogradTiles.DEPTH;
import static dev.cprfl.kernels.vector.WinogradTiles.IN;
import static dev.cprfl.kernels.vector.WinogradTiles.OUT;
import static dev.cprfl.kernels.vector.WinogradTiles.POINTS;
import static dev.cprfl.kernels.vector.WinogradTiles.SPREAD;
import static dev.cprfl.kernels.vector.WinogradTiles.TAPS;

/**
 * The gradient of the weights of a 3x3 convolution that skips no pixel, by Winograd's algorithm transposed: what
 * {@link Winograd} computes of a tile, y = A^T ((G w G^T) * (B^T x B)) A, is linear in w, so
 *
 * <pre>
 * dw = G^T (sum over the tiles of (A dy A^T) * (B^T x B)) G
 * </pre>
 *
 * With Z = A dy A^T and V = B^T x B the sums are 36 matrix products dU_p [O, I] = Z_p^T [O, tiles] V_p [tiles, I], again a
 * quarter of the multiplications. Windows of a tile that do not exist have dy = 0.
 *
 * <p><b>Layout.</b> As {@link GemmTile} reads its operands: Z transposed, in blocks of output channels, V in panels of input
 * channels. The tiles are cut into parts that a block and a panel in the second-level cache have room for: a part of a block
 * is [p, output channel, STEP_A], of a panel [p, tile, COLUMNS]; the product of the two is [p, output channel, COLUMNS].
 *
 * <p><b>Threads.</b> Some parts are transformed by all threads, then multiplied, one block with one panel a task, each part to
 * a gradient of its own; these are added in the order of the parts. So all depends on the shape alone, and any number of
 * threads gives the same bits.
 *
 * <p><b>Errors.</b> Measured, a number of dw is off by 0.4 to 1 u times the sum of its absolute products, u = 2^-24, and by at
 * most 14 u. The more windows, the smaller; below some 40 tiles, where the products are taken instead, errors grow, since
 * then there are numbers of few products and errors come from the whole tile. A NaN or an infinity in x or dy makes the
 * numbers of its channel NaN.
 */
final class WinogradGradient {

    /** Tiles in a part: rounded up to whole vectors they are at most what a tile sums in one go. */
    private static final int PART = GemmTile.DEPTH - LANES;
    /** Output channels in a block. */
    private static final int BLOCK = 48 / ROWS * ROWS;
    /** Input channels whose pixels one task transforms: whole panels. */
    private static final int CHUNK = DEPTH / 2;
    /**
     * What the transforms count as, in tiles: with 16 tiles of 7x7 pixels and 512 channels they were measured to take longer
     * than the product saves, with 64 of 14x14 pixels not.
     */
    private static final int TILES_FOR_WEIGHTS = 40;
    /** Numbers of Z and V held at a time, 8 MiB, unless those of a single part are more. */
    private static final int HELD = 1 << 21;
    /** Numbers of one part that are too many: half a gigabyte. */
    private static final long MOST_HELD = 1 << 27;

    private static final int STEP_Z = BLOCK * STEP_A + SPREAD;
    private static final int STEP_V = PART * COLUMNS + SPREAD;
    private static final int STEP_M = BLOCK * COLUMNS + SPREAD;
    private static final int LENGTH_Z = POINTS * STEP_Z;
    private static final int LENGTH_V = POINTS * STEP_V;

    private static final ThreadLocal<Buffers> BUFFERS = ThreadLocal.withInitial(Buffers::new);

    /** Working memory of a thread, kept from call to call. */
    private static final class Buffers {
        /** dy of a tile: [4, 4, BLOCK] or, if the last block is narrower than a vector, [4, 4, LANES]. */
        final float[] gradients = new float[OUT * OUT * Math.max(BLOCK, LANES)];
        /** What is between the two passes of a transform. */
        final float[] half = new float[FIRST + POINTS * DEPTH];
        /** Z of LANES tiles before it is transposed: [p, tile, channel]. */
        final float[] z = new float[FIRST + POINTS * LANES * Math.max(BLOCK, LANES)];
        final float[] m = new float[FIRST + POINTS * STEP_M];
        /** A row of three taps of dw. */
        final float[] taps = new float[3 * COLUMNS];
    }

    private final WinogradTiles tiles;
    private final int channels;
    private final FloatStorage dy;
    private final int n;
    private final FloatStorage dw;
    private final int parts;
    private final int blocks;
    private final int chunks;
    private final int panels;

    /**
     * @param batch number of images
     * @param x windows of 3x3 pixels, one step apart
     * @param dy [windows, n]
     * @param n output channels
     * @param dw [n, 9 * channels], overwritten
     */
    WinogradGradient(int batch, Patches x, FloatStorage dy, int n, FloatStorage dw) {
        tiles = new WinogradTiles(batch, x);
        channels = x.channels();
        this.dy = dy;
        this.n = n;
        this.dw = dw;
        parts = Math.ceilDiv(tiles.count(), PART);
        blocks = Math.ceilDiv(n, BLOCK);
        chunks = Math.ceilDiv(channels, CHUNK);
        panels = Math.ceilDiv(channels, COLUMNS);
    }

    /** Whether this can be done, and with fewer multiplications than the product with the patches. */
    static boolean suits(int batch, Patches x, int n) {
        return WinogradTiles.suit(batch, x, n, TILES_FOR_WEIGHTS)
                && (long) Math.ceilDiv(n, BLOCK) * LENGTH_Z + (long) Math.ceilDiv(x.channels(), COLUMNS) * LENGTH_V
                        + (long) TAPS * n * x.channels() <= MOST_HELD;
    }

    void compute(Workers workers) {
        int length = TAPS * channels * n;
        int lengthOfPart = blocks * LENGTH_Z + panels * LENGTH_V;
        int held = Math.clamp(HELD / lengthOfPart, 1, parts);
        float[] memory = Scratch.floats(FIRST + held * (lengthOfPart + (parts == 1 ? 0 : length)));
        int sumsAt = FIRST + held * lengthOfPart;
        float[] sums = parts == 1 ? dw.array : memory;
        for (int first = 0; first < parts; first += held) {
            int start = first;
            int count = Math.min(held, parts - first);
            workers.run(count * (blocks + chunks), task -> {
                int part = task / (blocks + chunks);
                int index = task % (blocks + chunks);
                if (index < blocks) {
                    transformGradients(start + part, index, memory, FIRST + part * lengthOfPart + index * LENGTH_Z);
                } else {
                    transformTiles(start + part, index - blocks, memory,
                            FIRST + part * lengthOfPart + blocks * LENGTH_Z);
                }
            });
            workers.run(count * blocks * panels, task -> {
                int part = task / (blocks * panels);
                int block = task / panels % blocks;
                int panel = task % panels;
                int at = FIRST + part * lengthOfPart;
                multiply(start + part, block, panel, memory, at + block * LENGTH_Z,
                        at + blocks * LENGTH_Z + panel * LENGTH_V, sums,
                        parts == 1 ? dw.offset : sumsAt + part * length);
            });
            if (parts > 1) {
                Gemm.addPieces(workers, memory, sumsAt, count, length, dw.array, dw.offset, start > 0);
            }
        }
    }

    private int partStart(int part) {
        return (int) ((long) tiles.count() * part / parts);
    }

    /** Z of a part of a block, transposed. */
    private void transformGradients(int part, int block, float[] z, int at) {
        Buffers buffers = BUFFERS.get();
        int rows = Math.min(BLOCK, n - block * BLOCK);
        int channel = Math.min(block * BLOCK, n - LANES); // so that there is a vector of them
        int depth = block * BLOCK + rows - channel;
        int start = partStart(part);
        int count = partStart(part + 1) - start;
        for (int tile = 0; tile < count; tile += LANES) {
            for (int i = 0; i < Math.min(LANES, count - tile); i++) {
                transformGradient(buffers, start + tile + i, channel, depth, i * depth);
            }
            for (int p = 0; p < POINTS; p++) {
                Transpose.block(buffers.z, FIRST + p * LANES * depth + block * BLOCK - channel, depth, LANES, rows, z,
                        at + p * STEP_Z + tile, STEP_A);
            }
        }
    }

    /** A dy A^T of one tile: [p, LANES, depth]. */
    private void transformGradient(Buffers buffers, int tile, int channel, int depth, int at) {
        int rows = tiles.rows(tile);
        int columns = tiles.columns(tile);
        boolean whole = rows == OUT && columns == OUT;
        int corner = dy.offset + tiles.pixel(tile) * n + channel;
        if (!whole) {
            for (int r = 0; r < OUT; r++) {
                for (int c = 0; c < OUT; c++) {
                    int to = (r * OUT + c) * depth;
                    if (r < rows && c < columns) {
                        Copy.run(dy.array, corner + (r * tiles.gridWidth() + c) * n, buffers.gradients, to, depth);
                    } else {
                        Copy.zeros(buffers.gradients, to, depth);
                    }
                }
            }
        }
        float[] from = whole ? dy.array : buffers.gradients;
        int fromAt = whole ? corner : 0;
        int pixel = whole ? n : depth;
        int row = whole ? tiles.gridWidth() * n : OUT * depth;
        for (int column = 0; column < OUT; column++) {
            WinogradTransforms.outputTransposed(depth, from, fromAt + column * pixel, row, buffers.half,
                    FIRST + column * depth, OUT * depth);
        }
        for (int r = 0; r < IN; r++) {
            WinogradTransforms.outputTransposed(depth, buffers.half, FIRST + r * OUT * depth, depth, buffers.z,
                    FIRST + r * IN * LANES * depth + at, LANES * depth);
        }
    }

    /** V of a part of the panels of a chunk. */
    private void transformTiles(int part, int chunk, float[] v, int at) {
        float[] half = BUFFERS.get().half;
        int end = Math.min(channels, (chunk + 1) * CHUNK);
        int channel = Math.min(chunk * CHUNK, channels - LANES);
        int start = partStart(part);
        int count = partStart(part + 1) - start;
        for (int tile = 0; tile < count; tile++) {
            tiles.transformColumns(start + tile, channel, end - channel, half);
            for (int c = chunk * CHUNK; c < end; c += COLUMNS) {
                int to = at + c / COLUMNS * LENGTH_V + tile * COLUMNS;
                for (int r = 0; r < IN; r++) {
                    WinogradTransforms.input(COLUMNS, half, FIRST + r * IN * DEPTH + c - channel, DEPTH, v,
                            to + r * IN * STEP_V, STEP_V);
                }
            }
        }
    }

    /** The products of a part of a block and a panel, and from them their part of dw. */
    private void multiply(int part, int block, int panel, float[] memory, int zAt, int vAt, float[] to, int toAt) {
        Buffers buffers = BUFFERS.get();
        int rows = Math.min(BLOCK, n - block * BLOCK);
        int width = Math.min(COLUMNS, channels - panel * COLUMNS);
        WinogradTiles.products(rows, partStart(part + 1) - partStart(part), memory, zAt, STEP_Z, memory, vAt, STEP_V,
                buffers.m, FIRST, STEP_M, false);
        for (int i = 0; i < rows; i++) {
            for (int column = 0; column < IN; column++) {
                WinogradTransforms.weightsTransposed(COLUMNS, buffers.m,
                        FIRST + column * STEP_M + i * COLUMNS, IN * STEP_M,
                        buffers.half, FIRST + column * COLUMNS, IN * COLUMNS);
            }
            for (int r = 0; r < 3; r++) {
                int at = toAt + ((block * BLOCK + i) * TAPS + r * 3) * channels + panel * COLUMNS;
                boolean whole = width == COLUMNS;
                WinogradTransforms.weightsTransposed(COLUMNS, buffers.half, FIRST + r * IN * COLUMNS, COLUMNS,
                        whole ? to : buffers.taps, whole ? at : 0, whole ? channels : COLUMNS);
                if (!whole) {
                    for (int c = 0; c < 3; c++) {
                        Copy.run(buffers.taps, c * COLUMNS, to, at + c * channels, width);
                    }
                }
            }
        }
    }
}
