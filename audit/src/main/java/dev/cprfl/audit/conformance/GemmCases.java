package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.GemmShape;
import java.util.ArrayList;
import java.util.List;

/** Matrix products: every transposition of small, long, wide, deep and strided ones. */
final class GemmCases {

    /** m, n, k. */
    private static final int[][] SIZES = {{0, 3, 2}, {3, 0, 2}, {3, 4, 0}, {1, 1, 1}, {2, 3, 5}, {7, 5, 3}, {1, 37, 19},
        {37, 1, 19}, {5, 6, 1}, {12, 32, 16}, {13, 33, 17}, {17, 31, 64}, {33, 47, 1031}, {129, 257, 65},
        {1, 1009, 307}, {1009, 1, 307}, {3, 2053, 40}, {2053, 3, 40}};

    private GemmCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int transpositions = 0; transpositions < 4; transpositions++) {
            boolean ta = (transpositions & 1) != 0;
            boolean tb = (transpositions & 2) != 0;
            for (int[] s : SIZES) {
                cases.add(gemm(GemmShape.of(s[0], s[1], s[2], ta, tb), true));
                cases.add(gemm(GemmShape.of(s[0], s[1], s[2], ta, tb), false));
            }
            cases.add(gemm(GemmShape.batched(0, 3, 4, 5, ta, tb), false));
            cases.add(gemm(GemmShape.batched(3, 7, 9, 11, ta, tb), true));
            cases.add(gemm(GemmShape.batched(3, 65, 33, 70, ta, tb), false));
            cases.add(gemm(spaced(1, 5, 7, 9, ta, tb), true));
            cases.add(gemm(spaced(1, 67, 49, 81, ta, tb), false));
            cases.add(gemm(spaced(3, 19, 35, 23, ta, tb), true));
            cases.add(gemm(shared(3, 19, 35, 23, ta, tb, true), false));
            cases.add(gemm(shared(3, 19, 35, 23, ta, tb, false), true));
        }
        return cases;
    }

    /** Rows and matrices that do not follow one another directly. */
    private static GemmShape spaced(int batch, int m, int n, int k, boolean ta, boolean tb) {
        int lda = (ta ? m : k) + 3;
        int ldb = (tb ? k : n) + 5;
        int ldc = n + 7;
        return new GemmShape(batch, m, n, k, ta, tb, lda, ldb, ldc, (ta ? k : m) * lda + 11, (tb ? n : k) * ldb + 13,
                m * ldc + 17);
    }

    /** One matrix for the whole batch: A if {@code shareA}, else B. */
    private static GemmShape shared(int batch, int m, int n, int k, boolean ta, boolean tb, boolean shareA) {
        return new GemmShape(batch, m, n, k, ta, tb, ta ? m : k, tb ? k : n, n, shareA ? 0 : m * k, shareA ? k * n : 0,
                m * n);
    }

    private static OperationCase gemm(GemmShape shape, boolean withBias) {
        OperationCase c = OperationCase.of("gemm", shape, withBias ? "with bias" : "without bias")
                .in("a", shape.lengthA())
                .in("b", shape.lengthB())
                .out("c", shape.lengthC())
                .terms(shape.k())
                .products();
        if (!withBias) {
            return c.call((backend, s) -> backend.gemm(shape, s[0], s[1], null, s[2]));
        }
        return c.in("bias", shape.n()).call((backend, s) -> backend.gemm(shape, s[0], s[1], s[3], s[2]));
    }
}
