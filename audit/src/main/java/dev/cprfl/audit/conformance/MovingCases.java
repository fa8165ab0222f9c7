package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.RowShape;
import java.util.ArrayList;
import java.util.List;

/** Filling, copies, transposes and rows of a table. All exact. */
final class MovingCases {

    private static final CopyShape[] COPIES = {new CopyShape(0, 3, 3, 3), new CopyShape(3, 0, 1, 1),
        new CopyShape(1, 1, 0, 0), new CopyShape(1, 37, 0, 0), new CopyShape(5, 1, 1, 3), new CopyShape(5, 1, 3, 1),
        new CopyShape(3, 7, 7, 9), new CopyShape(4, 33, 0, 40), new CopyShape(17, 16, 20, 16),
        new CopyShape(6, 31, 31, 31), new CopyShape(307, 257, 263, 301)};

    private static final int[][] TRANSPOSES = {{0, 3, 2}, {2, 0, 3}, {2, 3, 0}, {1, 1, 1}, {1, 1, 37}, {1, 37, 1},
        {3, 2, 5}, {1, 7, 3}, {1, 8, 8}, {1, 15, 17}, {3, 16, 16}, {1, 33, 31}, {3, 65, 130}, {1, 129, 257},
        {2, 3, 10007}};

    private MovingCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            cases.add(fill(length, length / 3.0));
        }
        cases.add(fill(37, Double.NaN));
        for (CopyShape shape : COPIES) {
            cases.add(copy(shape));
        }
        for (int[] t : TRANSPOSES) {
            cases.add(transpose(t[0], t[1], t[2]));
        }
        int[] none = {};
        int[] few = {3, 0, 10, 3, 3, 7, 0};
        int[] many = new int[3001];
        for (int i = 0; i < many.length; i++) {
            many[i] = i * i % 11;
        }
        for (int columns : new int[]{1, 6, 17, 32, 129}) {
            for (int[] indices : new int[][]{none, few, many}) {
                cases.add(embedding(new RowShape(11, columns), indices));
                cases.add(embeddingBackward(new RowShape(11, columns), indices));
            }
        }
        return cases;
    }

    private static OperationCase fill(int length, double value) {
        return OperationCase.of("fill", length, value)
                .out("y", length)
                .exact()
                .call((backend, s) -> backend.fill(value, s[0]));
    }

    private static OperationCase copy(CopyShape shape) {
        return OperationCase.of("copy", shape)
                .in("x", extent(shape.rows(), shape.columns(), shape.sourceStride()))
                .out("y", extent(shape.rows(), shape.columns(), shape.targetStride()))
                .exact()
                .call((backend, s) -> backend.copy(shape, s[0], s[1]));
    }

    /** From the start of the first run to the end of the last. */
    private static int extent(int rows, int columns, int stride) {
        return rows == 0 ? 0 : (rows - 1) * stride + columns;
    }

    private static OperationCase transpose(int batch, int rows, int columns) {
        return OperationCase.of("transpose", batch, rows, columns)
                .in("x", batch * rows * columns)
                .out("y", batch * rows * columns)
                .exact()
                .call((backend, s) -> backend.transpose(batch, rows, columns, s[0], s[1]));
    }

    private static OperationCase embedding(RowShape table, int[] indices) {
        return OperationCase.of("embedding", table, indices.length)
                .in("weights", table.length())
                .out("y", indices.length * table.columns())
                .exact()
                .call((backend, s) -> backend.embedding(table, indices, s[0], s[1]));
    }

    private static OperationCase embeddingBackward(RowShape table, int[] indices) {
        return OperationCase.of("embeddingBackward", table, indices.length)
                .in("dy", indices.length * table.columns())
                .out("dweights", table.length())
                .terms(indices.length)
                .call((backend, s) -> backend.embeddingBackward(table, indices, s[0], s[1]));
    }
}
