package dev.cprfl.kernels;

/** A matrix [rows, columns] whose rows (softmax, layer norm) or columns (batch norm) are treated alike. */
public record RowShape(int rows, int columns) {

    public RowShape {
        Checks.atLeast(0, rows, "rows");
        Checks.atLeast(1, columns, "columns");
    }

    public int length() {
        return rows * columns;
    }
}
