package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.ReduceShape;

/**
 * Calls of the kernels in {@code reduce.cu}: sums along an axis and the search for numbers that are not finite. Where there are
 * too few sums to occupy the device, the reduced axis is cut into parts; a second pass sums what they gave. The cuts depend on
 * the shape only, and so do the results.
 */
final class Reductions {

    private static final String SOURCE = "reduce";

    /** As many blocks as occupy any device. */
    private static final int ENOUGH_BLOCKS = 512;
    /** As many threads. */
    private static final int ENOUGH_THREADS = 65_536;
    /** The longest row that one warp sums. */
    static final int WARP_ROW = 1024;
    /** The length of a part of a row is a multiple of this: 8 numbers for each thread of a block. */
    static final int ROW_PART = 8 * Grid.THREADS;
    /** Threads of a block along a row of x, each with {@link Grid#perThread} columns, where columns are summed. */
    private static final int COLUMN_THREADS = 32;
    /** Rows of them. */
    private static final int COLUMN_ROWS = Grid.THREADS / COLUMN_THREADS;
    /** The fewest rows that are worth a part. */
    static final int COLUMN_PART = 8 * COLUMN_ROWS;
    /** Up to this many rows one thread sums alone. */
    private static final int FEW_ROWS = 16;

    private final Kernels kernels;

    Reductions(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * y[o, i] = sum over r of x[o, r, i].
     *
     * @param from the type of x
     * @param to the type of y
     * @param scratch {@link #scratchFloats} floats; not read if that is 0
     */
    void sum(ReduceShape shape, Type from, Type to, long x, long y, long scratch) {
        Type build = from == to ? from : Type.BFLOAT16;
        int parts = parts(shape, from);
        if (parts == 1) {
            pass(shape, 1, build, from, to, x, y);
        } else {
            pass(shape, parts, build, from, Type.FLOAT, x, scratch);
            pass(new ReduceShape(shape.outer(), parts, shape.inner()), 1, build, Type.FLOAT, to, scratch, y);
        }
    }

    static int scratchFloats(ReduceShape shape, Type from) {
        int parts = parts(shape, from);
        return parts == 1 ? 0 : shape.outer() * parts * shape.inner();
    }

    /** How many parts the reduced axis is cut into. */
    static int parts(ReduceShape shape, Type from) {
        boolean rows = shape.inner() == 1;
        long blocks = shape.outer() * (rows ? 1 : Grid.ceil(shape.inner(), columnsOfBlock(from)));
        int most = rows ? shape.reduced() / ROW_PART : byThreads(shape, from) ? 1 : shape.reduced() / COLUMN_PART;
        if (blocks == 0 || most <= 1) {
            return 1;
        }
        long parts = Math.min(most, Grid.ceil(ENOUGH_BLOCKS, blocks));
        return (int) Grid.ceil(shape.reduced(), partLength(shape, (int) parts));
    }

    /** The length of all parts but the last. */
    static int partLength(ReduceShape shape, int parts) {
        long length = Grid.ceil(shape.reduced(), parts);
        return (int) (shape.inner() == 1 && parts > 1 ? Grid.ceil(length, ROW_PART) * ROW_PART : length);
    }

    private static int columnsOfBlock(Type type) {
        return COLUMN_THREADS * Grid.perThread(type);
    }

    /** Whether one thread sums whole columns: these are short, or there are enough of them. */
    private static boolean byThreads(ReduceShape shape, Type from) {
        return shape.reduced() <= FEW_ROWS
                || shape.outer() * Grid.ceil(shape.inner(), Grid.perThread(from)) >= ENOUGH_THREADS;
    }

    /** Sums each part: y is [outer, parts, inner]. The source compiled for bfloat16 has every kernel for floats too. */
    private void pass(ReduceShape shape, int parts, Type build, Type from, Type to, long x, long y) {
        String suffix = from == build ? "" : "OfFloats";
        int toFloat = to == Type.FLOAT ? 1 : 0;
        if (shape.inner() == 1 && shape.reduced() <= WARP_ROW) {
            kernels.launch(SOURCE, build, "sumShortRows" + suffix).number(shape.outer()).number(shape.reduced())
                    .pointer(x)
                    .number(toFloat).pointer(y).run((int) Grid.ceil(shape.outer(), COLUMN_ROWS), 1, 32, COLUMN_ROWS);
        } else if (shape.inner() == 1) {
            kernels.launch(SOURCE, build, "sumLongRows" + suffix).number(shape.reduced()).number(parts)
                    .number(partLength(shape, parts)).pointer(x).number(toFloat).pointer(y).run(shape.outer() * parts,
                            Grid.THREADS);
        } else if (byThreads(shape, from)) {
            kernels.launch(SOURCE, build, "sumShortColumns" + suffix).number(shape.outer()).number(shape.reduced())
                    .number(shape.inner()).pointer(x).number(toFloat).pointer(y).run(
                            Grid.ofRuns(shape.outer(), shape.inner(), from), Grid.THREADS);
        } else {
            int across = (int) Grid.ceil(shape.inner(), columnsOfBlock(from));
            kernels.launch(SOURCE, build, "sumLongColumns" + suffix).number(shape.reduced()).number(shape.inner())
                    .number(parts)
                    .number(partLength(shape, parts)).number(across).pointer(x).number(toFloat).pointer(y).run(
                            shape.outer() * parts * across, 1, COLUMN_THREADS, COLUMN_ROWS);
        }
    }

    /**
     * The lowest index of a NaN or infinity in x, or -1.
     *
     * @param result an int in device memory
     */
    void firstNonFinite(Type type, int n, long x, long result) {
        kernels.launch(SOURCE, type, "noneFound").pointer(result).run(1, 1);
        kernels.launch(SOURCE, type, "firstNonFinite").number(n).pointer(x).pointer(result).run(Grid.ofNumbers(n, type),
                Grid.THREADS);
    }
}
