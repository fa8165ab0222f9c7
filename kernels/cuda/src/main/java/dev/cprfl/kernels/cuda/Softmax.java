package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.RowShape;

/** Softmax along rows, of any matrix and of attention's scores. Operands are device addresses of numbers of the type. */
final class Softmax {

    private static final String SOURCE = "softmax";

    private final Kernels kernels;

    Softmax(Kernels kernels) {
        this.kernels = kernels;
    }

    /** x and y may be the same. */
    void softmax(RowShape shape, Type type, long x, long y) {
        scaledSoftmax(shape.rows(), 1, shape.columns(), 1, false, type, x, y);
    }

    /** dx = y (dy - sum(dy y)) along each row; dy and dx may be the same. */
    void softmaxBackward(RowShape shape, Type type, long y, long dy, long dx) {
        scaledSoftmaxBackward(shape.rows(), 1, shape.columns(), 1, false, type, y, dy, dx);
    }

    /**
     * probabilities = softmax(scale scores) along the rows of [batch, heads, queries, keys]. The two may be the same.
     *
     * @param rows batch heads queries
     * @param causal query i sees keys 0 to i only; the others get 0 and their scores are not read
     */
    void scaledSoftmax(int rows, int queries, int keys, float scale, boolean causal, Type type, long scores,
            long probabilities) {
        RowBlocks.of(rows, keys).run(kernels.launch(SOURCE, type, "softmax").number(rows).number(queries).number(keys)
                .number(scale).number(causal ? 1 : 0).pointer(scores).pointer(probabilities));
    }

    /**
     * dscores = scale p (dp - sum(dp p)) along each row, p being the probabilities; 0 where they are hidden. dp and dscores may
     * be the same.
     */
    void scaledSoftmaxBackward(int rows, int queries, int keys, float scale, boolean causal, Type type,
            long probabilities,
            long dp, long dscores) {
        RowBlocks.of(rows, keys).run(kernels.launch(SOURCE, type, "softmaxBackward").number(rows).number(queries)
                .number(keys).number(scale).number(causal ? 1 : 0).pointer(probabilities).pointer(dp).pointer(dscores));
    }
}
