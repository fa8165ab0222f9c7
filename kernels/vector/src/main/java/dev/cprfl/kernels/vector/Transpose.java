package dev.cprfl.kernels.vector;

/**
 * Transposes matrices in square blocks, so that the lines of the cache that a block touches on both sides are all used before
 * they leave. Plain loads and stores: this runs at the borders of the project and is bound by memory.
 */
final class Transpose {

    private static final int BLOCK = 16;

    private Transpose() {}

    static void transpose(Workers workers, int batch, int rows, int columns, FloatStorage x, FloatStorage y) {
        int strips = (rows + BLOCK - 1) / BLOCK;
        workers.run(batch * strips, task -> {
            int matrix = task / strips * rows * columns;
            int row = task % strips * BLOCK;
            int rowEnd = Math.min(row + BLOCK, rows);
            for (int column = 0; column < columns; column += BLOCK) {
                int columnEnd = Math.min(column + BLOCK, columns);
                block(x.array, x.offset + matrix, columns, y.array, y.offset + matrix, rows, row, rowEnd, column, columnEnd);
            }
        });
    }

    private static void block(float[] x, int xAt, int columns, float[] y, int yAt, int rows, int row, int rowEnd,
            int column, int columnEnd) {
        for (int c = column; c < columnEnd; c++) {
            for (int r = row; r < rowEnd; r++) {
                y[yAt + c * rows + r] = x[xAt + r * columns + c];
            }
        }
    }
}
