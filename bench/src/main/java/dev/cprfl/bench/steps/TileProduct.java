package dev.cprfl.bench.steps;

import static dev.cprfl.bench.steps.Tile4x2.COLUMNS;
import static dev.cprfl.bench.steps.Tile4x2.ROWS;

/** Step 4: a tile of C in registers. Each vector of B that is loaded is used for four rows, each number of A for two vectors. */
public final class TileProduct {

    private TileProduct() {}

    /** C = A B. */
    public static void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        int down = m / ROWS * ROWS;
        int across = n / COLUMNS * COLUMNS;
        for (int i = 0; i < down; i += ROWS) {
            for (int j = 0; j < across; j += COLUMNS) {
                Tile4x2.multiply(k, a, i * k, k, b, j, n, c, i * n + j, n);
            }
        }
        RowProduct.rectangle(n, k, a, b, c, 0, down, across, n);
        RowProduct.rectangle(n, k, a, b, c, down, m, 0, n);
    }
}
