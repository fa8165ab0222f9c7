package dev.cprfl.kernels.vector;

/** A target that ends as max(C + residual, 0): done part by part, so that C does not travel through memory once more. */
final class ReluTarget extends Target {

    private final FloatStorage residual;

    /** @param residual laid out as C, or null for zeros */
    ReluTarget(float[] array, int at, int step, FloatStorage residual) {
        super(array, at, step);
        this.residual = residual;
    }

    @Override
    void finish(int row, int rows, int column, int columns) {
        for (int i = row; i < row + rows; i++) {
            int from = row(i) + column;
            if (residual == null) {
                Elementwise.relu(array, from, columns);
            } else {
                Elementwise.addRelu(residual.array, residual.offset + from - at, array, from, columns);
            }
        }
    }
}
