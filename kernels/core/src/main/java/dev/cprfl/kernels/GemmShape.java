package dev.cprfl.kernels;

/**
 * The integers of a batched matrix product C = op(A) op(B), all matrices row-major.
 *
 * <p>op(A) is [m, k] and op(B) is [k, n]; a transposed operand is stored as [k, m] or [n, k]. A leading dimension is the
 * distance between two stored rows, a stride the distance between two matrices of the batch; a stride of zero uses the
 * same matrix for the whole batch (never for C).
 *
 * @param batch number of products
 * @param m rows of C
 * @param n columns of C
 * @param k summed dimension; may be zero, C is then the bias or zero
 * @param transposeA A is stored as [k, m]
 * @param transposeB B is stored as [n, k]
 */
public record GemmShape(int batch, int m, int n, int k, boolean transposeA, boolean transposeB, int lda, int ldb,
        int ldc, int strideA, int strideB, int strideC) {

    public GemmShape {
        Checks.atLeast(0, batch, "batch");
        Checks.atLeast(0, m, "m");
        Checks.atLeast(0, n, "n");
        Checks.atLeast(0, k, "k");
        Checks.atLeast(transposeA ? m : k, lda, "lda");
        Checks.atLeast(transposeB ? k : n, ldb, "ldb");
        Checks.atLeast(n, ldc, "ldc");
    }

    /** One product of dense matrices. */
    public static GemmShape of(int m, int n, int k, boolean transposeA, boolean transposeB) {
        return batched(1, m, n, k, transposeA, transposeB);
    }

    /** A batch of products of dense matrices that follow one another. */
    public static GemmShape batched(int batch, int m, int n, int k, boolean transposeA, boolean transposeB) {
        return new GemmShape(batch, m, n, k, transposeA, transposeB, transposeA ? m : k, transposeB ? k : n, n, m * k,
                k * n, m * n);
    }

    /** From the first number of A to its last, over the whole batch. */
    public int lengthA() {
        return span(strideA, transposeA ? k : m, transposeA ? m : k, lda);
    }

    /** From the first number of B to its last, over the whole batch. */
    public int lengthB() {
        return span(strideB, transposeB ? n : k, transposeB ? k : n, ldb);
    }

    /** From the first number of C to its last, over the whole batch. */
    public int lengthC() {
        return span(strideC, m, n, ldc);
    }

    private int span(int stride, int rows, int columns, int leading) {
        return batch == 0 || rows == 0 || columns == 0 ? 0 : (batch - 1) * stride + (rows - 1) * leading + columns;
    }

    /** Multiply-adds of the whole batch. */
    public long multiplyAdds() {
        return (long) batch * m * n * k;
    }
}
