package dev.cprfl.kernels.vector;

/**
 * One factor of a matrix product, as the product sees it: the matrix may be stored transposed, or exist nowhere, like the
 * patches of a convolution. Packing asks for one block after another.
 */
interface Operand {

    /**
     * Copies the block of {@code rows} by {@code columns} numbers at (row, column) to {@code to}, row-major from {@code at}
     * on with rows {@code step} apart.
     *
     * @param shift added to every index of the stored numbers: selects a matrix of a batch
     */
    void copy(int shift, int row, int rows, int column, int columns, float[] to, int at, int step);
}
