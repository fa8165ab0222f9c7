package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;

/** y[i] = table[indices[i]]; dtable[r] sums dy[i] over all i with indices[i] = r. PyTorch: {@code embedding}. */
public final class Embedding {

    private Embedding() {}

    /**
     * @param indices rows of the table
     * @param shape how the indices are arranged
     * @param table [rows, columns]
     * @return [shape..., columns]
     * @throws IllegalArgumentException if an index is no row, or the shapes do not fit
     */
    public static Variable apply(int[] indices, Shape shape, Variable table) {
        Shape size = table.shape();
        if (size.rank() != 2 || shape.length() != indices.length) {
            throw new IllegalArgumentException(
                    "embedding needs table [rows, columns] and as many indices as their shape"
                            + " holds; got table " + size + ", " + indices.length + " indices of shape " + shape);
        }
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= size.extent(0)) {
                throw new IllegalArgumentException(
                        "index " + indices[i] + " at position " + i + " is no row of table " + size);
            }
        }
        RowShape rows = new RowShape(size.extent(0), size.extent(1));
        int[] extents = Arrays.copyOf(shape.toArray(), shape.rank() + 1);
        extents[shape.rank()] = rows.columns();
        int[] saved = indices.clone();
        Tensor y = Tensor.allocate(table.backend(), Shape.of(extents));
        table.backend().embedding(rows, saved, table.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dtable = Tensor.allocate(table.backend(), size);
            table.backend().embeddingBackward(rows, saved, dy.storage(), dtable.storage());
            gradients.add(table, dtable);
        }, table);
    }
}
