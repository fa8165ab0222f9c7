package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;

import dev.cprfl.kernels.GemmShape;

/**
 * Matrix products on all threads. C is cut into rectangles, one a task. A task packs what it needs of A and B itself: some
 * numbers are packed more than once, but threads never wait for each other.
 */
final class Gemm {

    /** Multiply-adds worth a task: some microseconds. */
    private static final long TASK = 1 << 19;
    /** Enough tasks to even out a slow thread, few enough not to pack the same numbers too often. */
    private static final int TASKS_PER_THREAD = 2;

    private Gemm() {}

    /** C = op(A) op(B) + bias for each product of a batch; {@code bias} may be null. */
    static void gemm(Workers workers, GemmShape shape, FloatStorage a, FloatStorage b, FloatStorage bias,
            FloatStorage c) {
        if (GemmDots.suits(shape)) {
            GemmDots.gemm(workers, shape, a, b, bias, c);
            return;
        }
        Product product = new Product(shape.m(), shape.n(), shape.k(),
                new Matrix(a.array, a.offset, shape.lda(), shape.transposeA()),
                new Matrix(b.array, b.offset, shape.ldb(), shape.transposeB()), bias,
                new Target(c.array, c.offset, shape.ldc()));
        if (shape.batch() == 1 && shape.transposeB()) {
            compute(workers, product, b.frozen);
        } else {
            compute(workers, product, shape.batch(), shape.strideA(), shape.strideB(), shape.strideC());
        }
    }

    /**
     * One product.
     *
     * @param frozen of its second factor, or null
     */
    static void compute(Workers workers, Product product, Frozen frozen) {
        compute(workers, frozen == null
                ? product
                : product.with(frozen.panels(workers, product.b(), product.k(),
                        product.n())),
                1, 0, 0, 0);
    }

    private static void compute(Workers workers, Product product, int batch, int strideA, int strideB, int strideC) {
        int m = product.m();
        int n = product.n();
        long work = batch * ((long) m * n * product.k());
        long tasks = Math.min(workers.threads() == 1 ? 1 : workers.threads() * TASKS_PER_THREAD, work / TASK);
        if (tasks <= 1) {
            for (int index = 0; index < batch; index++) {
                product.compute(index * strideA, index * strideB, index * strideC);
            }
            return;
        }
        long tasksEach = Math.ceilDiv(tasks, batch);
        int down = cutsDown(m, n, tasksEach);
        int across = cutsAcross(n, tasksEach, down);
        workers.run(batch * down * across, task -> {
            int index = task / (down * across);
            int row = task / across % down;
            int column = task % across;
            product.compute(index * strideA, index * strideB, index * strideC,
                    cut(m, ROWS, row, down), cut(m, ROWS, row + 1, down),
                    cut(n, COLUMNS, column, across), cut(n, COLUMNS, column + 1, across));
        });
    }

    /** Into how many rows of rectangles to cut C: so that there are enough, and together they pack the fewest numbers. */
    private static int cutsDown(int m, int n, long tasks) {
        int best = 1;
        double least = Double.POSITIVE_INFINITY;
        for (int down = 1; down <= Math.min(tasks, Math.ceilDiv(m, ROWS)); down++) {
            int across = cutsAcross(n, tasks, down);
            double packed = ((double) down * n + (double) across * m) / Math.min(tasks, (long) down * across);
            if (packed < least) {
                least = packed;
                best = down;
            }
        }
        return best;
    }

    private static int cutsAcross(int n, long tasks, int down) {
        return (int) Math.max(1, Math.min(Math.ceilDiv(tasks, down), Math.ceilDiv(n, COLUMNS)));
    }

    /** Where part {@code index} of {@code parts} begins if {@code length} is cut at multiples of {@code unit}. */
    private static int cut(int length, int unit, int index, int parts) {
        return (int) Math.min(length, (long) Math.ceilDiv(length, unit) * index / parts * unit);
    }
}
