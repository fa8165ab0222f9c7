package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.FloatMemory.FIRST;
import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.DEPTH;

/**
 * A second factor of matrix products, [k, n], packed once for all who read it: panels of COLUMNS columns as {@link GemmTile}
 * reads them, each over all of k, the last one filled up with zeros.
 *
 * @param array [panels, k, COLUMNS] from FIRST on
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Panels(float[] array, int k) {

    /** How many numbers a packed [k, n] holds. */
    static int length(int k, int n) {
        return FIRST + Math.multiplyExact(Math.ceilDiv(n, COLUMNS) * COLUMNS, k);
    }

    /** Packs {@code b} into {@code array}. */
    static Panels of(Workers workers, Operand b, int k, int n, float[] array) {
        Panels packed = new Panels(array, k);
        int panels = Math.ceilDiv(n, COLUMNS);
        workers.run(panels * Math.ceilDiv(k, DEPTH), task -> {
            int j = task % panels * COLUMNS;
            int p = task / panels * DEPTH;
            Product.packPanel(b, 0, p, Math.min(DEPTH, k - p), j, Math.min(COLUMNS, n - j), array, packed.at(p, j));
        });
        return packed;
    }

    /** Where row p of the panel that begins with column j lies. */
    int at(int p, int j) {
        return FIRST + j * k + p * COLUMNS;
    }
}
