package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.RowShape;
import java.util.Arrays;

/** Calls of the kernels in {@code moving.cu}: copies, transposes and rows of a table. */
final class Moving {

    private static final String SOURCE = "moving";
    /** Rows and columns of the square that a block transposes: TILE in the source. */
    static final int TILE = 32;
    /** Rows of a block's threads there; each handles TILE / TILE_THREADS rows. */
    private static final int TILE_THREADS = 8;

    private final Kernels kernels;

    Moving(Kernels kernels) {
        this.kernels = kernels;
    }

    /** y[r * targetStride + c] = x[r * sourceStride + c]. */
    void copy(CopyShape shape, Type type, long x, long y) {
        kernels.launch(SOURCE, type, "copy").number(shape.rows()).number(shape.columns()).number(shape.sourceStride())
                .number(shape.targetStride()).pointer(x).pointer(y)
                .run(Grid.ofRuns(shape.rows(), shape.columns(), type),
                        Grid.THREADS);
    }

    /** Pixels of x, as many as the convolution's output has, to where its stride took them from; 0 between them. */
    void spread(ConvShape shape, Type type, long x, long y) {
        int pixels = shape.batch() * shape.height() * shape.width();
        kernels.launch(SOURCE, type, "spread").number(shape.batch()).number(shape.outHeight()).number(shape.outWidth())
                .number(shape.height()).number(shape.width()).number(shape.inChannels()).number(shape.stride())
                .pointer(x)
                .pointer(y).run(Grid.ofRuns(pixels, shape.inChannels(), type), Grid.THREADS);
    }

    /** x [batch, rows, columns] to y [batch, columns, rows]. */
    void transpose(int batch, int rows, int columns, Type type, long x, long y) {
        if (rows == 1 || columns == 1) { // the same numbers in the same order
            int n = batch * rows * columns;
            copy(new CopyShape(1, n, n, n), type, x, y);
        } else {
            kernels.launch(SOURCE, type, "transpose").number(rows).number(columns).pointer(x).pointer(y).run(
                    tiles(batch, rows, columns), 1, TILE, TILE_THREADS);
        }
    }

    static int tiles(int batch, int rows, int columns) {
        return (int) (batch * Grid.ceil(rows, TILE) * Grid.ceil(columns, TILE));
    }

    /**
     * y[i, :] = weights[indices[i], :].
     *
     * @param type of y
     * @param indices ints in device memory, checked by {@link #requireRows}
     * @param weights floats
     */
    void embedding(RowShape table, int count, Type type, long indices, long weights, long y) {
        kernels.launch(SOURCE, type, "embedding").number(count).number(table.columns()).pointer(indices)
                .pointer(weights)
                .pointer(y).run(Grid.ofRuns(count, table.columns(), type), Grid.THREADS);
    }

    /**
     * dweights[r, :] = sum of dy[i, :] over all i with indices[i] = r, in the order of i.
     *
     * @param type of dy
     * @param byRow what {@link #byRow} makes of the indices, in device memory
     * @param dweights floats
     */
    void embeddingBackward(RowShape table, Type type, long byRow, long dy, long dweights) {
        kernels.launch(SOURCE, type, "embeddingBackward").number(table.rows()).number(table.columns()).pointer(byRow)
                .pointer(dy)
                .pointer(dweights).run(Grid.ofRuns(table.rows(), table.columns(), type), Grid.THREADS);
    }

    /** @throws IndexOutOfBoundsException if an index lies outside the table */
    static void requireRows(RowShape table, int[] indices) {
        for (int index : indices) {
            if (index < 0 || index >= table.rows()) {
                throw new IndexOutOfBoundsException("index " + index + " into a table of " + table.rows() + " rows");
            }
        }
    }

    /**
     * Where in {@code indices} each row of the table stands: first [rows + 1] places in this very array, then the positions they
     * point to. Those of row r, ascending, lie from place byRow[r] to before place byRow[r + 1].
     *
     * @throws IndexOutOfBoundsException if an index lies outside the table
     */
    static int[] byRow(RowShape table, int[] indices) {
        requireRows(table, indices);
        int rows = table.rows();
        int[] byRow = new int[rows + 1 + indices.length];
        for (int index : indices) {
            byRow[index + 1]++;
        }
        byRow[0] = rows + 1;
        for (int r = 0; r < rows; r++) {
            byRow[r + 1] += byRow[r];
        }
        int[] next = Arrays.copyOf(byRow, rows);
        for (int i = 0; i < indices.length; i++) {
            byRow[next[indices[i]]++] = i;
        }
        return byRow;
    }
}
