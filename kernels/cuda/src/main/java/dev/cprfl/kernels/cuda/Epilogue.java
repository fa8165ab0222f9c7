package dev.cprfl.kernels.cuda;

/** Calls of the kernels in {@code epilogue.cu}: what follows a matrix product or a convolution. */
final class Epilogue {

    private static final String SOURCE = "epilogue";

    private final Kernels kernels;

    Epilogue(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * c[b, r, j] = (keep ? c[b, r, j] : 0) + bias[j].
     *
     * @param stride from one matrix of the batch to the next
     * @param bias floats, or 0 for none
     */
    void addBias(int batch, int rows, int columns, int ldc, int stride, boolean keep, Type type, long bias, long c) {
        kernels.launch(SOURCE, type, "add_bias").number(batch).number(rows).number(columns).number(ldc).number(stride)
                .number(keep ? 1 : 0).pointer(bias).pointer(c)
                .run(blocks((long) batch * rows * columns), Grid.THREADS);
    }

    /** y = max(y + bias + residual, 0) for y [n / columns, columns]. */
    void biasRelu(long n, int columns, Type type, long bias, long residual, long y) {
        kernels.launch(SOURCE, type, "bias_relu").number(n).number(columns).pointer(bias).pointer(residual).pointer(y)
                .run(blocks(n), Grid.THREADS);
    }

    /** The kernels go on with the next blocks when these are done. */
    private static int blocks(long n) {
        return (int) Math.min(Grid.ceil(n, Grid.THREADS), 1 << 16);
    }
}
