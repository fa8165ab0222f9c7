package dev.cprfl.kernels.vector;

/** Where the rows of a product C lie: row i starts at {@code at + i step}, unless a subclass says otherwise. */
class Target {

    final float[] array;
    final int at;
    final int step;

    Target(float[] array, int at, int step) {
        this.array = array;
        this.at = at;
        this.step = step;
    }

    /** Index of the first number of row i. */
    int row(int i) {
        return at + i * step;
    }

    /**
     * Called once for each part of C when its sums are complete, by the thread that completed them, while they are in its
     * second-level cache. A part is as wide as can be: what is read beside it then comes in runs that the processor fetches
     * ahead.
     */
    void finish(int row, int rows, int column, int columns) {}

    /** Whether all rows are {@code step} apart, so that a tile of C can be written where it belongs. */
    boolean isPlain() {
        return true;
    }
}
