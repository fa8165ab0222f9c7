package dev.cprfl.bench;

import dev.cprfl.bench.steps.NaiveProduct;
import dev.cprfl.bench.steps.PanelProduct;
import dev.cprfl.bench.steps.RowProduct;
import dev.cprfl.bench.steps.TileProduct;
import dev.cprfl.bench.steps.VectorProduct;

/** The steps of {@code docs/kernels.md}: ways to multiply two matrices, slow to fast. */
@SuppressWarnings("ImmutableEnumChecker") // the products are functions without state
public enum Step implements Work {
    NAIVE(NaiveProduct::multiply), ROWS(RowProduct::multiply), VECTOR(VectorProduct::multiply), TILE(
            TileProduct::multiply), PANELS(PanelProduct::multiply),
    /** The vector backend on one thread: a tile of 12 rows by two vectors, A packed too, blocks for the caches. */
    KERNEL(null),
    /** The vector backend on all threads. */
    THREADS(null);

    /** Row-major C [m, n] = A [m, k] B [k, n]. */
    @FunctionalInterface
    interface Product {
        void multiply(int m, int n, int k, float[] a, float[] b, float[] c);
    }

    /** m, n and k: small enough for the naive step, a multiple of all tiles. */
    static final int SIZE = 960;

    /** Null for the backend's own. */
    final Product product;

    Step(Product product) {
        this.product = product;
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
