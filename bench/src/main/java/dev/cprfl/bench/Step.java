package dev.cprfl.bench;

import dev.cprfl.bench.steps.NaiveProduct;
import dev.cprfl.bench.steps.PanelProduct;
import dev.cprfl.bench.steps.RowProduct;
import dev.cprfl.bench.steps.TileProduct;
import dev.cprfl.bench.steps.VectorProduct;

/** The steps of {@code docs/kernels.md}: ways to multiply two matrices, slow to fast. */
public enum Step implements Work {
    NAIVE, ROWS, VECTOR, TILE, PANELS,
    /** The vector backend on one thread: a tile of 12 rows by two vectors, A packed too, blocks for the caches. */
    KERNEL,
    /** The vector backend on all threads. */
    THREADS;

    /** m, n and k: small enough for the naive step, a multiple of all tiles. */
    static final int SIZE = 960;

    /** Whether it is the backend's own product. */
    boolean isEngine() {
        return this == KERNEL || this == THREADS;
    }

    /** Row-major C [m, n] = A [m, k] B [k, n], by a step that is not the engine's. */
    void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        // Names the classes here and not in the constants: the report reads these without the module of vectors.
        switch (this) {
            case NAIVE -> NaiveProduct.multiply(m, n, k, a, b, c);
            case ROWS -> RowProduct.multiply(m, n, k, a, b, c);
            case VECTOR -> VectorProduct.multiply(m, n, k, a, b, c);
            case TILE -> TileProduct.multiply(m, n, k, a, b, c);
            case PANELS -> PanelProduct.multiply(m, n, k, a, b, c);
            case KERNEL, THREADS -> throw new IllegalStateException(this + " works on a backend's memory");
        }
    }

    @Override
    public String title() {
        return name() + " " + SIZE + "^3";
    }

    @Override
    public double flop() {
        return 2.0 * SIZE * SIZE * SIZE;
    }

    @Override
    public double bytes() {
        return 4.0 * 3 * SIZE * SIZE;
    }
}
