package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.RowShape;

/**
 * Layer normalisation of the rows of a matrix. Operands are device addresses; x, y, dx and dy are of the type, all others float.
 */
final class LayerNorm {

    private static final String SOURCE = "layernorm";
    /** Sums of each column that are taken at once. */
    private static final int SUMS = 2;

    private final Kernels kernels;

    LayerNorm(Kernels kernels) {
        this.kernels = kernels;
    }

    void forward(RowShape shape, Type type, double eps, long x, long gamma, long beta, long y, long mean, long invStd) {
        RowBlocks.of(shape.rows(), shape.columns()).run(kernels.launch(SOURCE, type, "forward").number(shape.rows())
                .number(shape.columns()).number((float) eps).pointer(x).pointer(gamma).pointer(beta).pointer(y)
                .pointer(mean).pointer(invStd));
    }

    /** What {@link #backward} needs as scratch: the sums of each row of blocks. */
    static int scratchFloats(RowShape shape, Type type) {
        return ColumnBlocks.of(shape, type).partials(shape, SUMS);
    }

    /** @param scratch has room for {@link #scratchFloats} */
    void backward(RowShape shape, Type type, long x, long gamma, long mean, long invStd, long dy, long dx, long dgamma,
            long dbeta, long scratch) {
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        blocks.run(kernels.launch(SOURCE, type, "gradientSums").number(shape.rows()).number(shape.columns())
                .number(blocks.rowsPerBlock()).pointer(x).pointer(mean).pointer(invStd).pointer(dy).pointer(scratch));
        Totals.run(kernels.launch(SOURCE, type, "gradients").number(shape.columns()).number(blocks.blocksY())
                .pointer(scratch).pointer(dgamma).pointer(dbeta), shape);
        RowBlocks.of(shape.rows(), shape.columns()).run(kernels.launch(SOURCE, type, "backward").number(shape.rows())
                .number(shape.columns()).pointer(x).pointer(gamma).pointer(mean).pointer(invStd).pointer(dy)
                .pointer(dx));
    }
}
