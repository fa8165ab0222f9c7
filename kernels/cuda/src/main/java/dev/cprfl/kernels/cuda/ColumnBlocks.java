package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.RowShape;

/**
 * How kernels that work on the columns of a matrix are laid out. A thread owns the columns of one pack (16 bytes of a row) and
 * walks down the rows; a block is [threadsY, threadsX] such threads on neighbouring rows and packs; the grid is
 * [blocksY, blocksX] and each of its rows of blocks takes {@code rowsPerBlock} rows of the matrix.
 */
record ColumnBlocks(int threadsX, int threadsY, int blocksX, int blocksY, int rowsPerBlock) {

    /** Threads of a block; a power of two. */
    static final int THREADS = 256;
    /** So many blocks, if there are rows for them, keep a large device busy to the end. */
    private static final int BLOCKS = 2048;
    /** A thread fetches so many rows at once, so it takes a multiple of them. */
    static final int ROWS_IN_FLIGHT = 4;
    private static final int WARP = 32;

    static ColumnBlocks of(RowShape shape, Type type) {
        int packs = Math.ceilDiv(shape.columns(), Grid.perThread(type));
        int threadsX = Math.min(WARP, powerOfTwoFrom(packs));
        int threadsY = THREADS / threadsX;
        int blocksX = Math.ceilDiv(packs, threadsX);
        int most = Math.max(1, BLOCKS / blocksX);
        int unit = ROWS_IN_FLIGHT * threadsY;
        int rowsPerBlock = Math.max(1, Math.ceilDiv(Math.ceilDiv(shape.rows(), most), unit)) * unit;
        return new ColumnBlocks(threadsX, threadsY, blocksX, Math.ceilDiv(shape.rows(), rowsPerBlock), rowsPerBlock);
    }

    /** The smallest power of two that is not below n, at most {@link #WARP}. */
    private static int powerOfTwoFrom(int n) {
        return n >= WARP ? WARP : Integer.highestOneBit(2 * n - 1);
    }

    /** Numbers that {@code sums} sums of each column take while every row of blocks has its own. */
    int partials(RowShape shape, int sums) {
        return Math.toIntExact((long) blocksY * sums * shape.columns());
    }

    /** Queues a kernel that is laid out so. */
    void run(Launch launch) {
        launch.run(blocksX, blocksY, threadsX, threadsY);
    }
}
