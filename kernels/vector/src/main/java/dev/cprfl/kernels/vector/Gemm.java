package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;

import dev.cprfl.kernels.GemmShape;

/**
 * Matrix products on all threads. C is cut into rectangles, one a task. A task packs what it needs of A and B itself: some
 * numbers are packed more than once, but threads do not wait for each other. A small B that several tasks need is packed
 * first, by all threads.
 */
final class Gemm {

    /** Multiply-adds worth a task: some microseconds. */
    private static final long TASK = 1 << 19;
    /** Enough tasks to even out a slow thread, few enough not to pack the same numbers too often. */
    private static final int TASKS_PER_THREAD = 2;
    /** The same where no number is packed twice. */
    private static final int ROW_TASKS_PER_THREAD = 4;

    /** Numbers of B up to which it is packed once for all tasks: 4 MiB. */
    private static final int SHARED = 1 << 20;
    /** Numbers of a packed B up to which each task may read all of it: 1 MiB, half a second-level cache. */
    private static final int CACHED = 1 << 18;

    /** Numbers of k in a piece of a long sum, at least. */
    private static final int PIECE = 1024;
    private static final int MOST_PIECES = 16;
    /** Numbers of C up to which that was measured to pay: packing is much beside multiplying then. */
    private static final int SMALL = 1 << 16;

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
        } else if (shape.batch() == 1 && shape.transposeA() && bias == null && shape.ldc() == shape.n()) {
            computeGradient(workers, product);
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
        Product packed = frozen == null
                ? product
                : product.with(frozen.panels(workers, product.b(), product.k(), product.n()));
        compute(workers, packed, 1, 0, 0, 0);
    }

    /**
     * The gradient of weights: k counts samples. If C is small, the sums are cut into pieces that tasks compute apart, so that
     * the same numbers are packed less often; how many pieces depends on the shape alone.
     *
     * @param product without bias, its C plain and without gaps
     */
    static void computeGradient(Workers workers, Product product) {
        int m = product.m();
        int n = product.n();
        int k = product.k();
        int pieces = (long) m * n > SMALL ? 1 : Math.clamp(k / PIECE, 1, MOST_PIECES);
        if (pieces == 1) {
            compute(workers, product, null);
            return;
        }
        float[] partial = Scratch.floats(pieces * m * n);
        Product part = new Product(m, n, k, product.a(), product.b(), null, new Target(partial, 0, n));
        Rectangles cut = Rectangles.of(m, n, Math.ceilDiv(wantedTasks(workers), pieces));
        workers.run(pieces * cut.count(), task -> {
            int piece = task / cut.count();
            int rectangle = task % cut.count();
            part.compute(0, 0, piece * m * n, cut.top(rectangle), cut.bottom(rectangle), cut.left(rectangle),
                    cut.right(rectangle), (int) ((long) k * piece / pieces), (int) ((long) k * (piece + 1) / pieces));
        });
        addPieces(workers, partial, 0, pieces, m * n, product.c().array, product.c().at, false);
    }

    /**
     * The sum of {@code pieces} arrays that lie one after the other in x.
     *
     * @param add to what is in y
     */
    static void addPieces(Workers workers, float[] x, int xAt, int pieces, int length, float[] y, int yAt,
            boolean add) {
        Ranges.run(workers, length, pieces, (from, to) -> {
            if (!add) {
                Copy.run(x, xAt + from, y, yAt + from, to - from);
            }
            for (int piece = add ? 0 : 1; piece < pieces; piece++) {
                Elementwise.accumulate(1, x, xAt + piece * length + from, y, yAt + from, to - from);
            }
        });
    }

    private static void compute(Workers workers, Product product, int batch, int strideA, int strideB, int strideC) {
        int m = product.m();
        int n = product.n();
        long work = batch * ((long) m * n * product.k());
        long tasks = Math.min(wantedTasks(workers), work / TASK);
        if (tasks <= 1) {
            for (int index = 0; index < batch; index++) {
                product.compute(index * strideA, index * strideB, index * strideC);
            }
            return;
        }
        Rectangles cut = Rectangles.of(m, n, Math.ceilDiv(tasks, batch));
        if (product.panels() == null && batch == 1 && cut.down > 1 && (long) n * product.k() <= SHARED) {
            float[] array = Scratch.floats(Panels.length(product.k(), n));
            compute(workers, product.with(Panels.of(workers, product.b(), product.k(), n, array)), 1, 0, 0, 0);
            return;
        }
        if (product.panels() != null && (long) n * product.k() <= CACHED) {
            cut = Rectangles.ofRows(m, n, Math.min((long) workers.threads() * ROW_TASKS_PER_THREAD, work / TASK));
        }
        run(workers, product, cut, batch, strideA, strideB, strideC);
    }

    private static void run(Workers workers, Product product, Rectangles cut, int batch, int strideA, int strideB,
            int strideC) {
        workers.run(batch * cut.count(), task -> {
            int index = task / cut.count();
            int rectangle = task % cut.count();
            product.compute(index * strideA, index * strideB, index * strideC, cut.top(rectangle),
                    cut.bottom(rectangle), cut.left(rectangle), cut.right(rectangle));
        });
    }

    private static long wantedTasks(Workers workers) {
        return workers.threads() == 1 ? 1 : workers.threads() * TASKS_PER_THREAD;
    }

    /** C [m, n] cut into {@code down} times {@code across} rectangles, row by row. */
    private record Rectangles(int m, int n, int down, int across) {

        /** At least so many tasks, if C is large enough. */
        static Rectangles of(int m, int n, long tasks) {
            int down = cutsDown(m, n, tasks);
            return new Rectangles(m, n, down, cutsAcross(n, tasks, down));
        }

        /** The same, as wide as can be. */
        static Rectangles ofRows(int m, int n, long tasks) {
            int down = (int) Math.min(tasks, Math.ceilDiv(m, ROWS));
            return new Rectangles(m, n, down, cutsAcross(n, tasks, down));
        }

        int count() {
            return down * across;
        }

        int top(int rectangle) {
            return cut(m, ROWS, rectangle / across, down);
        }

        int bottom(int rectangle) {
            return cut(m, ROWS, rectangle / across + 1, down);
        }

        int left(int rectangle) {
            return cut(n, COLUMNS, rectangle % across, across);
        }

        int right(int rectangle) {
            return cut(n, COLUMNS, rectangle % across + 1, across);
        }
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
