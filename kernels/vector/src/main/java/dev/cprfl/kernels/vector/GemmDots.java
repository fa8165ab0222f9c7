package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static dev.cprfl.kernels.vector.Simd.fma;

import dev.cprfl.kernels.GemmShape;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix-vector products and their like: few rows against many, where each number is used a few times only and packing it
 * would cost more than multiplying. Each number of C is a dot product of a row of A and a row of B^T, lanes along k.
 */
final class GemmDots {

    /** Up to so many rows of A or columns of B dot products beat tiles. */
    private static final int FEW = 4;
    /** Multiply-adds worth a task. */
    private static final int TASK = 1 << 17;

    private static final ThreadLocal<float[]> SUM = ThreadLocal.withInitial(() -> new float[LANES]);

    private GemmDots() {}

    static boolean suits(GemmShape shape) {
        return !shape.transposeA() && (shape.n() <= FEW || (shape.m() <= FEW && shape.transposeB()));
    }

    /** {@link Gemm#gemm} of a shape that suits. */
    static void gemm(Workers workers, GemmShape shape, FloatStorage a, FloatStorage b, FloatStorage bias,
            FloatStorage c) {
        int k = shape.k();
        int n = shape.n();
        float[] columns = shape.transposeB() ? b.array : Scratch.floats(n * k);
        int step = shape.transposeB() ? shape.ldb() : k;
        for (int index = 0; index < shape.batch(); index++) {
            int bAt = b.offset + index * shape.strideB();
            if (!shape.transposeB()) {
                Transpose.block(b.array, bAt, shape.ldb(), k, n, columns, 0, k);
            }
            int columnsAt = shape.transposeB() ? bAt : 0;
            int aAt = a.offset + index * shape.strideA();
            int cAt = c.offset + index * shape.strideC();
            boolean tall = n <= FEW;
            int many = tall ? shape.m() : n;
            int few = tall ? n : shape.m();
            int each = Math.max(1, TASK / Math.max(1, k) / Math.max(1, few));
            workers.run(Math.ceilDiv(many, each), task -> {
                float[] lanes = SUM.get();
                int last = Math.min(each, many - task * each);
                for (int row = 0; row < last; row++) {
                    for (int other = 0; other < few; other++) {
                        int i = tall ? task * each + row : other;
                        int j = tall ? other : task * each + row;
                        float sum = sdot(k, a.array, aAt + i * shape.lda(), columns, columnsAt + j * step,
                                lanes);
                        c.array[cAt + i * shape.ldc() + j] = bias == null ? sum : bias.array[bias.offset + j] + sum;
                    }
                }
            });
        }
    }

    /**
     * x . y. Four sums at a time hide the latency of the additions. The lanes are added one by one: reduceLanes leaves the
     * order open, and compiled code gives other bits than interpreted code.
     *
     * @param lanes room for one vector
     */
    private static float sdot(int k, float[] x, int xAt, float[] y, int yAt, float[] lanes) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int p = 0;
        for (; p <= k - 4 * LANES; p += 4 * LANES) {
            s0 = fma(load(x, xAt + p), load(y, yAt + p), s0);
            s1 = fma(load(x, xAt + p + LANES), load(y, yAt + p + LANES), s1);
            s2 = fma(load(x, xAt + p + 2 * LANES), load(y, yAt + p + 2 * LANES), s2);
            s3 = fma(load(x, xAt + p + 3 * LANES), load(y, yAt + p + 3 * LANES), s3);
        }
        for (; p <= k - LANES; p += LANES) {
            s0 = fma(load(x, xAt + p), load(y, yAt + p), s0);
        }
        s0.add(s1).add(s2.add(s3)).intoArray(lanes, 0);
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += lanes[lane];
        }
        for (; p < k; p++) {
            sum += x[xAt + p] * y[yAt + p];
        }
        return sum;
    }

    private static FloatVector load(float[] x, int at) {
        return FloatVector.fromArray(SPECIES, x, at);
    }
}
