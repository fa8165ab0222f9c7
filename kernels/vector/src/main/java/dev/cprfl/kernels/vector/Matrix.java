package dev.cprfl.kernels.vector;

/**
 * A stored matrix.
 *
 * @param at index of its first number
 * @param step distance between two stored rows
 * @param transposed the stored rows are the columns of the operand
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Matrix(float[] array, int at, int step, boolean transposed) implements Operand {

    @Override
    public void copy(int shift, int row, int rows, int column, int columns, float[] to, int toAt, int toStep) {
        if (transposed) {
            Transpose.block(array, at + shift + column * step + row, step, columns, rows, to, toAt, toStep);
        } else {
            int from = at + shift + row * step + column;
            for (int i = 0; i < rows; i++) {
                Copy.run(array, from + i * step, to, toAt + i * toStep, columns);
            }
        }
    }
}
