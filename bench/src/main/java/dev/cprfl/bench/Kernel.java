package dev.cprfl.bench;

/**
 * The kernels that are neither matrix product nor convolution, on sizes as they occur in CPRFL at 448 pixels; the losses and
 * the optimizer on long arrays, since 16 x 80 logits cost nothing.
 *
 * <p>Operations are those of the formula, with exp, log, erf, sqrt and a division as one each.
 */
public enum Kernel implements Work {
    /** E5 with 8 heads of 512, 80 queries, 276 keys; two products. Bytes: Q, K, V, probabilities, output. */
    ATTENTION_BATCH_1(1, attentionFlop(1), attentionBytes(1)), ATTENTION_BATCH_16(16, attentionFlop(16),
            attentionBytes(16)),
    /** Four products: dV, dP, dQ and dK. Bytes: all arrays and their gradients. */
    ATTENTION_BACKWARD_BATCH_16(16, 2 * attentionFlop(16), 2 * attentionBytes(16)), SOFTMAX(16 * 8 * 80 * 276, 4,
            2), SOFTMAX_BACKWARD(16 * 8 * 80 * 276, 4, 3), LAYER_NORM(16 * 196 * 2048, 8, 2), LAYER_NORM_BACKWARD(
                    16 * 196 * 2048, 13, 3), GELU(16 * 80 * 2048, 5, 2), GELU_BACKWARD(16 * 80 * 2048, 9,
                            3), RELU(4 * 112 * 112 * 256, 1, 2), RELU_BACKWARD(4 * 112 * 112 * 256, 1, 3),
    /** Reads x a second time, after the statistics are known. */
    BATCH_NORM_TRAIN(4 * 112 * 112 * 256, 8, 3),
    /** Reads x and dy a second time, after their sums are known. */
    BATCH_NORM_TRAIN_BACKWARD(4 * 112 * 112 * 256, 10, 5), BATCH_NORM_EVAL(4 * 112 * 112 * 256, 2, 2),
    /** With a residual. Reads x a second time. */
    BATCH_NORM_TRAIN_RELU(4 * 112 * 112 * 256, 10, 4),
    /** With a residual. Reads x, y and dy, writes dresidual; reads that and x again, writes dx. */
    BATCH_NORM_TRAIN_RELU_BACKWARD(4 * 112 * 112 * 256, 11, 7), ASL(1 << 22, 14,
            3), ASL_BACKWARD(1 << 22, 18, 4),
    /** Reads gradient, parameter, m and v; writes the last three. */
    ADAMW(1 << 25, 14, 7),
    /** Also reads and writes the average. */
    ADAMW_AVERAGED(1 << 25, 17, 9), EMA(1 << 25, 3, 3);

    /** Numbers in the largest array; for attention the batch. */
    final int length;
    private final double flop;
    private final double bytes;

    Kernel(int batch, double flop, double bytes) {
        this.length = batch;
        this.flop = flop;
        this.bytes = bytes;
    }

    /** An elementwise kernel: operations and four-byte transfers for each number. */
    Kernel(int length, int flop, int transfers) {
        this(length, (double) flop * length, 4.0 * transfers * length);
    }

    private static double attentionFlop(int batch) {
        return 4.0 * batch * 80 * 276 * 8 * 512;
    }

    private static double attentionBytes(int batch) {
        return 4.0 * batch * (2 * 80 * 8 * 512 + 2 * 276 * 8 * 512 + 8 * 80 * 276);
    }

    @Override
    public String title() {
        return name();
    }

    @Override
    public double flop() {
        return flop;
    }

    @Override
    public double bytes() {
        return bytes;
    }
}
