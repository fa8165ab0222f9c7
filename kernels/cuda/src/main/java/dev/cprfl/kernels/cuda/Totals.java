package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.RowShape;

/** How kernels that add up the blocks' sums of each column are laid out; {@code prelude.cuh} has the same numbers. */
final class Totals {

    /** Columns of a block: what a memory access fetches anyway. */
    static final int COLUMNS = 8;
    /** Threads that share a column's sums. */
    static final int LANES = 128;

    private Totals() {}

    static int blocks(RowShape shape) {
        return Math.ceilDiv(shape.columns(), COLUMNS);
    }

    static void run(Launch launch, RowShape shape) {
        launch.run(blocks(shape), 1, COLUMNS, LANES);
    }
}
