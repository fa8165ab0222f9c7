package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Storage;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GemmTest {

    @Test
    void everySmallShape() {
        for (int m : new int[]{1, 2, 3, 4, 5, 11, 12, 13, 25}) {
            for (int n : new int[]{1, 2, 7, 8, 15, 16, 31, 32, 33, 65}) {
                for (int k : new int[]{0, 1, 3, 16, 17, 33}) {
                    allTranspositions(m, n, k);
                }
            }
        }
    }

    /** Beyond one block of k, of rows and of columns, and large enough for several tasks. */
    @Test
    void shapesAcrossBlocks() {
        allTranspositions(49, 70, 385);
        allTranspositions(205, 37, 193);
        allTranspositions(400, 530, 200);
        allTranspositions(4, 1200, 400);
        allTranspositions(9, 40, 1030);
        allTranspositions(63, 401, 513);
        allTranspositions(700, 3, 400);
    }

    /** Gradients of weights: sums that are cut into pieces; the left factor the smaller one or not. */
    @Test
    void longSums() {
        allTranspositions(20, 70, 5000);
        allTranspositions(70, 20, 3071);
        allTranspositions(1, 40, 2048);
        allTranspositions(40, 1, 20_000);
        allTranspositions(130, 33, 1500);
    }

    @Test
    void longSumsHaveTheSameBitsForAnyNumberOfThreads() {
        for (int[] s : new int[][]{{20, 70, 5000}, {70, 20, 5000}, {300, 100, 2500}}) {
            GemmShape shape = GemmShape.of(s[0], s[1], s[2], true, false);
            float[] expected = null;
            for (int threads : new int[]{1, 2, 3, 7}) {
                try (VectorBackend backend = new VectorBackend(threads)) {
                    Storage a = random(backend, s[0] * s[2]);
                    Storage b = random(backend, s[1] * s[2]);
                    Storage c = backend.memory().allocate(s[0] * s[1]);
                    backend.gemm(shape, a, b, null, c);
                    expected = expected == null ? Compare.floats(c) : expected;
                    assertThat(Compare.floats(c)).as(shape + ", " + threads + " threads").isEqualTo(expected);
                }
            }
        }
    }

    private static void allTranspositions(int m, int n, int k) {
        for (int bits = 0; bits < 8; bits++) {
            check(GemmShape.of(m, n, k, (bits & 1) != 0, (bits & 2) != 0), (bits & 4) != 0);
        }
    }

    @Test
    void batchesAndStrides() {
        check(GemmShape.batched(5, 7, 33, 18, false, true), true);
        check(GemmShape.batched(9, 70, 64, 65, true, false), false);
        check(GemmShape.batched(0, 7, 33, 18, false, false), false);
        // The same A for all, rows of B and C further apart than they are long, row distance of 4 KiB in A.
        check(new GemmShape(3, 30, 40, 50, false, false, 1024, 47, 41, 0, 47 * 50 + 3, 41 * 30), true);
        check(new GemmShape(3, 30, 40, 50, true, true, 33, 1024, 41, 33 * 50 + 1, 0, 41 * 30), false);
    }

    private static void check(GemmShape s, boolean withBias) {
        int a = extent(s.batch(), s.strideA(), s.transposeA() ? s.k() : s.m(), s.lda(), s.transposeA() ? s.m() : s.k());
        int b = extent(s.batch(), s.strideB(), s.transposeB() ? s.n() : s.k(), s.ldb(), s.transposeB() ? s.k() : s.n());
        int c = extent(s.batch(), s.strideC(), s.m(), s.ldc(), s.n());
        if (s.ldc() > s.n()) { // gaps keep their NaN in both backends
            Compare.withReference(s + " bias " + withBias, s.k(), c, new int[]{a, b, s.n()},
                    (backend, in, out) -> {
                        backend.memory().write(new float[c], 0, out);
                        backend.gemm(s, in[0], in[1], withBias ? in[2] : null, out);
                    });
        } else {
            Compare.withReference(s + " bias " + withBias, s.k(), c, new int[]{a, b, s.n()},
                    (backend, in, out) -> backend.gemm(s, in[0], in[1], withBias ? in[2] : null, out));
        }
    }

    /** The first product packs the weights, the others read them packed; a window promises nothing and is packed each time. */
    @Test
    void frozenWeightsGiveTheSameBits() {
        int[][] shapes = {{1, 5, 7}, {13, 33, 18}, {49, 70, 1100}, {205, 1200, 193}, {5, 64, 0}};
        for (int[] s : shapes) {
            GemmShape shape = GemmShape.of(s[0], s[1], s[2], false, true);
            for (int threads : new int[]{1, 3}) {
                try (VectorBackend backend = new VectorBackend(threads)) {
                    Storage a = random(backend, s[0] * s[2]);
                    Storage b = random(backend, s[1] * s[2]);
                    Storage bias = random(backend, s[1]);
                    Storage expected = random(backend, s[0] * s[1]);
                    backend.gemm(shape, a, b, bias, expected);
                    Storage window = b.slice(0, b.length());
                    backend.freeze(window);
                    for (int call = 0; call < 2; call++) {
                        Storage c = random(backend, s[0] * s[1]);
                        backend.gemm(shape, a, window, bias, c);
                        assertThat(Compare.floats(c)).as(shape + " call " + call).isEqualTo(Compare.floats(expected));
                    }
                }
            }
        }
    }

    private static int extent(int batch, int stride, int rows, int step, int columns) {
        return batch == 0 || rows == 0 || columns == 0 ? 0 : (batch - 1) * stride + (rows - 1) * step + columns;
    }

    @Test
    void aWarmProductAllocatesNextToNothing() {
        try (VectorBackend backend = new VectorBackend(1)) {
            GemmShape shape = GemmShape.of(100, 100, 400, false, true);
            Storage a = random(backend, 40_000);
            Storage b = random(backend, 40_000);
            Storage c = backend.memory().allocate(10_000);
            GemmShape vector = GemmShape.of(1, 100, 400, false, true);
            assertThat(Compare.garbage(() -> backend.gemm(vector, a, b, null, c))).isLessThan(1000);
            assertThat(Compare.garbage(() -> backend.gemm(shape, a, b, null, c))).isLessThan(1000);
        }
    }

    static Storage random(VectorBackend backend, int length) {
        float[] values = new float[length];
        Random random = new Random(length);
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Storage storage = backend.memory().allocate(length);
        backend.memory().write(values, 0, storage);
        return storage;
    }
}
