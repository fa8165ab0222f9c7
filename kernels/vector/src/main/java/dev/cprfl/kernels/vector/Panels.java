package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;

/**
 * A second factor of matrix products, [k, n], packed once for many of them: panels of COLUMNS columns as {@link GemmTile}
 * reads them, each over all of k, the last one filled up with zeros.
 *
 * @param array [panels, k, COLUMNS]
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Panels(float[] array, int k) {

    /** Packs {@code b}. */
    static Panels of(Workers workers, Operand b, int k, int n) {
        int panels = Math.ceilDiv(n, COLUMNS);
        float[] array = new float[Math.multiplyExact(panels * COLUMNS, k)];
        workers.run(panels, panel -> {
            int j = panel * COLUMNS;
            Product.packPanel(b, 0, 0, k, j, Math.min(COLUMNS, n - j), array, j * k);
        });
        return new Panels(array, k);
    }

    /** Where row p of the panel that begins with column j lies. */
    int at(int p, int j) {
        return j * k + p * COLUMNS;
    }
}
