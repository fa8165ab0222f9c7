package dev.cprfl.kernels.cuda;

/**
 * How kernels that work on the rows of a matrix are laid out: the threads along x share a row, a warp a short one and a whole
 * block a long one; a block of warps takes {@code threadsY} rows.
 */
record RowBlocks(int threadsX, int threadsY, int blocks) {

    private static final int WARP = 32;
    private static final int THREADS = 256;
    private static final int MOST_THREADS = 1024;
    /** A thread works on about so many numbers before more threads are put on a row. */
    private static final int LONGEST = 32;

    static RowBlocks of(int rows, int columns) {
        int threadsX = columns <= LONGEST * WARP ? WARP : columns <= LONGEST * THREADS ? THREADS : MOST_THREADS;
        int threadsY = Math.max(1, THREADS / threadsX);
        return new RowBlocks(threadsX, threadsY, Math.ceilDiv(rows, threadsY));
    }

    /** Queues a kernel that is laid out so. */
    void run(Launch launch) {
        launch.run(blocks, 1, threadsX, threadsY);
    }
}
