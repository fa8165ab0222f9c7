package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.RowShape;

/**
 * Batch normalisation of the columns of a matrix: each block sums the columns of its rows, a small kernel adds the blocks' sums
 * in order, in double, and turns them into coefficients of each column, and one more walk over the rows writes the result, which
 * is linear in x and dy. Operands are device addresses; x, y, residual, their gradients are of the type, all others float.
 * {@code scratch} has room for {@link #scratchFloats}.
 */
final class BatchNorm {

    private static final String SOURCE = "batchnorm";
    /** Sums of each column that are taken at once. */
    private static final int SUMS = 2;
    /** Coefficients of each column: mean, scale, offset and, backward, slope. */
    private static final int COEFFICIENTS = 4;

    private final Kernels kernels;

    BatchNorm(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Room for the coefficients, then for the sums of each row of blocks. */
    static int scratchFloats(RowShape shape, Type type) {
        return Math.addExact(Math.multiplyExact(COEFFICIENTS, shape.columns()),
                ColumnBlocks.of(shape, type).partials(shape, SUMS));
    }

    private static long partials(RowShape shape, long scratch) {
        return scratch + (long) COEFFICIENTS * shape.columns() * Float.BYTES;
    }

    /** @throws IllegalArgumentException if there are fewer than two rows; nothing is queued then */
    void train(RowShape shape, Type type, double momentum, double eps, long x, long gamma, long beta, long runningMean,
            long runningVar, long y, long mean, long invStd, long scratch) {
        measure(shape, type, momentum, eps, x, gamma, beta, runningMean, runningVar, mean, invStd, scratch);
        normalise(shape, type, x, y, scratch);
    }

    /**
     * @param residual 0 if there is none
     * @throws IllegalArgumentException if there are fewer than two rows; nothing is queued then
     */
    void trainRelu(RowShape shape, Type type, double momentum, double eps, long x, long gamma, long beta,
            long runningMean,
            long runningVar, long residual, long y, long mean, long invStd, long scratch) {
        measure(shape, type, momentum, eps, x, gamma, beta, runningMean, runningVar, mean, invStd, scratch);
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        blocks.run(
                onRows(shape, type, blocks, "normaliseRelu").pointer(x).pointer(scratch).pointer(residual).pointer(y));
    }

    private void measure(RowShape shape, Type type, double momentum, double eps, long x, long gamma, long beta,
            long runningMean, long runningVar, long mean, long invStd, long scratch) {
        Checks.atLeast(2, shape.rows(), "rows of a batch to normalise");
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        long partials = partials(shape, scratch);
        blocks.run(onRows(shape, type, blocks, "moments").pointer(x).pointer(partials));
        onColumns(onTotals(shape, type, blocks, "statistics", partials).number((float) momentum).number((float) eps)
                .pointer(x).pointer(gamma).pointer(beta).pointer(runningMean).pointer(runningVar).pointer(mean)
                .pointer(invStd).pointer(scratch), shape);
    }

    private void normalise(RowShape shape, Type type, long x, long y, long scratch) {
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        blocks.run(onRows(shape, type, blocks, "normalise").pointer(x).pointer(scratch).pointer(y));
    }

    /** dy and dx may be the same. */
    void trainBackward(RowShape shape, Type type, long x, long gamma, long mean, long invStd, long dy, long dx,
            long dgamma, long dbeta, long scratch) {
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        long partials = partials(shape, scratch);
        blocks.run(onRows(shape, type, blocks, "gradientSums").pointer(x).pointer(mean).pointer(dy).pointer(partials));
        gradients(shape, type, blocks, gamma, mean, invStd, dgamma, dbeta, scratch);
        blocks.run(onRows(shape, type, blocks, "backward").pointer(x).pointer(dy).pointer(scratch).pointer(dx));
    }

    /** @param dresidual may be dy; 0 if it is not wanted, then dx may be dy */
    void trainReluBackward(RowShape shape, Type type, long x, long gamma, long mean, long invStd, long y, long dy,
            long dx,
            long dresidual, long dgamma, long dbeta, long scratch) {
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        long partials = partials(shape, scratch);
        blocks.run(onRows(shape, type, blocks, "gradientSumsRelu").pointer(x).pointer(mean).pointer(y).pointer(dy)
                .pointer(dresidual).pointer(partials));
        gradients(shape, type, blocks, gamma, mean, invStd, dgamma, dbeta, scratch);
        if (dresidual == 0) {
            blocks.run(onRows(shape, type, blocks, "backwardRelu").pointer(x).pointer(y).pointer(dy).pointer(scratch)
                    .pointer(dx));
        } else {
            blocks.run(
                    onRows(shape, type, blocks, "backward").pointer(x).pointer(dresidual).pointer(scratch).pointer(dx));
        }
    }

    private void gradients(RowShape shape, Type type, ColumnBlocks blocks, long gamma, long mean, long invStd,
            long dgamma,
            long dbeta, long scratch) {
        onColumns(onTotals(shape, type, blocks, "gradients", partials(shape, scratch)).pointer(gamma).pointer(mean)
                .pointer(invStd).pointer(dgamma).pointer(dbeta).pointer(scratch), shape);
    }

    void eval(RowShape shape, Type type, double eps, long x, long gamma, long beta, long runningMean, long runningVar,
            long y, long scratch) {
        int threads = ColumnBlocks.THREADS;
        kernels.launch(SOURCE, type, "evalCoefficients").number(shape.columns()).number((float) eps).pointer(gamma)
                .pointer(beta).pointer(runningMean).pointer(runningVar).pointer(scratch)
                .run(Math.ceilDiv(shape.columns(), threads), threads);
        normalise(shape, type, x, y, scratch);
    }

    /** dy and dx may be the same. */
    void evalBackward(RowShape shape, Type type, double eps, long x, long gamma, long runningMean, long runningVar,
            long dy,
            long dx, long dgamma, long dbeta, long scratch) {
        ColumnBlocks blocks = ColumnBlocks.of(shape, type);
        long partials = partials(shape, scratch);
        blocks.run(onRows(shape, type, blocks, "gradientSums").pointer(x).pointer(runningMean).pointer(dy)
                .pointer(partials));
        onColumns(onTotals(shape, type, blocks, "evalGradients", partials).number((float) eps).pointer(gamma)
                .pointer(runningVar).pointer(dgamma).pointer(dbeta).pointer(scratch), shape);
        blocks.run(onRows(shape, type, blocks, "scaleColumns").pointer(dy).pointer(scratch).pointer(dx));
    }

    private Launch onRows(RowShape shape, Type type, ColumnBlocks blocks, String entry) {
        return kernels.launch(SOURCE, type, entry).number(shape.rows()).number(shape.columns())
                .number(blocks.rowsPerBlock());
    }

    private Launch onTotals(RowShape shape, Type type, ColumnBlocks blocks, String entry, long partials) {
        return kernels.launch(SOURCE, type, entry).number(shape.rows()).number(shape.columns()).number(blocks.blocksY())
                .pointer(partials);
    }

    private static void onColumns(Launch launch, RowShape shape) {
        Totals.run(launch, shape);
    }
}
