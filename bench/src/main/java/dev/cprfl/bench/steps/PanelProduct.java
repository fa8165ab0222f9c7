package dev.cprfl.bench.steps;

import static dev.cprfl.bench.steps.Tile4x2.COLUMNS;
import static dev.cprfl.bench.steps.Tile4x2.ROWS;

/** Step 5: each panel of B, as wide as a tile, is copied once to where its rows lie side by side, and then used for all rows of A. */
public final class PanelProduct {

    private PanelProduct() {}

    /** C = A B. */
    public static void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        int down = m / ROWS * ROWS;
        int across = n / COLUMNS * COLUMNS;
        float[] panel = new float[k * COLUMNS];
        for (int j = 0; j < across; j += COLUMNS) {
            for (int p = 0; p < k; p++) {
                System.arraycopy(b, p * n + j, panel, p * COLUMNS, COLUMNS);
            }
            for (int i = 0; i < down; i += ROWS) {
                Tile4x2.multiply(k, a, i * k, k, panel, 0, COLUMNS, c, i * n + j, n);
            }
        }
        RowProduct.rectangle(n, k, a, b, c, 0, down, across, n);
        RowProduct.rectangle(n, k, a, b, c, down, m, 0, n);
    }
}
