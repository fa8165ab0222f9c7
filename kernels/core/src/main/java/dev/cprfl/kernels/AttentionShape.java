package dev.cprfl.kernels;

/**
 * The integers of multi-head attention. Head h of row i of the queries starts at
 * {@code image * queries * queryStride + i * queryStride + h * headDim}, likewise for keys and values with
 * {@code keyStride}; so Q, K and V may be columns of one projected matrix. The output is dense: [batch, queries, heads *
 * headDim]; the probabilities are [batch, heads, queries, keys].
 *
 * @param queryStride distance between two rows of Q, at least heads * headDim
 * @param keyStride distance between two rows of K and between two rows of V
 * @param scale factor on the scores, 1/sqrt(headDim) in E5
 * @param causal query i sees keys 0 to i only
 */
public record AttentionShape(int batch, int heads, int queries, int keys, int headDim, int queryStride, int keyStride,
        double scale, boolean causal) {

    public AttentionShape {
        Checks.atLeast(0, batch, "batch");
        Checks.atLeast(1, heads, "heads");
        Checks.atLeast(0, queries, "queries");
        Checks.atLeast(1, keys, "keys");
        Checks.atLeast(1, headDim, "headDim");
        Checks.atLeast(heads * headDim, queryStride, "queryStride");
        Checks.atLeast(heads * headDim, keyStride, "keyStride");
    }

    /** Width of one row of the output. */
    public int width() {
        return heads * headDim;
    }

    /** From the first number of Q to its last. */
    public int queriesLength() {
        return span(batch * queries, queryStride);
    }

    /** From the first number of K, or of V, to its last. */
    public int keysLength() {
        return span(batch * keys, keyStride);
    }

    private int span(int rows, int stride) {
        return rows == 0 ? 0 : (rows - 1) * stride + width();
    }

    /** Length of the output. */
    public int outputLength() {
        return batch * queries * width();
    }

    public int probabilitiesLength() {
        return batch * heads * queries * keys;
    }
}
