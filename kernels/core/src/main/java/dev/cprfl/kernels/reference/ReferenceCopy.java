package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.RowShape;
import java.util.Objects;

/** Moving numbers: strided copies, transposes, rows of a table. */
final class ReferenceCopy {

    private ReferenceCopy() {}

    static void copy(CopyShape shape, ReferenceStorage x, ReferenceStorage y) {
        for (int r = 0; r < shape.rows(); r++) {
            for (int c = 0; c < shape.columns(); c++) {
                y.set(r * shape.targetStride() + c, x.get(r * shape.sourceStride() + c));
            }
        }
    }

    static void transpose(int batch, int rows, int columns, ReferenceStorage x, ReferenceStorage y) {
        for (int b = 0; b < batch; b++) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    y.set((b * columns + c) * rows + r, x.get((b * rows + r) * columns + c));
                }
            }
        }
    }

    static void embedding(RowShape table, int[] indices, ReferenceStorage weights, ReferenceStorage y) {
        int columns = table.columns();
        for (int i = 0; i < indices.length; i++) {
            int row = Objects.checkIndex(indices[i], table.rows());
            for (int c = 0; c < columns; c++) {
                y.set(i * columns + c, weights.get(row * columns + c));
            }
        }
    }

    static void embeddingBackward(RowShape table, int[] indices, ReferenceStorage dy, ReferenceStorage dweights) {
        int columns = table.columns();
        for (int i = 0; i < table.length(); i++) {
            dweights.set(i, 0);
        }
        for (int i = 0; i < indices.length; i++) {
            int row = Objects.checkIndex(indices[i], table.rows());
            for (int c = 0; c < columns; c++) {
                dweights.add(row * columns + c, dy.get(i * columns + c));
            }
        }
    }
}
