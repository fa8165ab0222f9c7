package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.RowShape;
import java.util.Arrays;

/** Rows of a table by index. */
final class Embedding {

    private Embedding() {}

    static void forward(RowShape table, int[] indices, FloatStorage weights, FloatStorage y) {
        int columns = table.columns();
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(weights.array, weights.offset + row(table, indices[i]) * columns, y.array,
                    y.offset + i * columns,
                    columns);
        }
    }

    /** Adds in the order of the indices, which is what makes the sum of a repeated index the same every time. */
    static void backward(RowShape table, int[] indices, FloatStorage dy, FloatStorage dweights) {
        int columns = table.columns();
        Arrays.fill(dweights.array, dweights.offset, dweights.offset + table.length(), 0);
        for (int i = 0; i < indices.length; i++) {
            int to = dweights.offset + row(table, indices[i]) * columns;
            int from = dy.offset + i * columns;
            for (int c = 0; c < columns; c++) {
                dweights.array[to + c] += dy.array[from + c];
            }
        }
    }

    private static int row(RowShape table, int index) {
        if (index < 0 || index >= table.rows()) {
            throw new IndexOutOfBoundsException("index " + index + " into a table of " + table.rows() + " rows");
        }
        return index;
    }
}
