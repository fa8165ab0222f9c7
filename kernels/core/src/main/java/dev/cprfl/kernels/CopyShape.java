package dev.cprfl.kernels;

/**
 * The integers of a strided copy: {@code rows} runs of {@code columns} numbers, the runs {@code sourceStride} apart in the
 * source and {@code targetStride} apart in the target. A source stride of zero repeats one run. Slices, concatenations and
 * repetitions along any axis are such copies.
 */
public record CopyShape(int rows, int columns, int sourceStride, int targetStride) {

    public CopyShape {
        Checks.atLeast(0, rows, "rows");
        Checks.atLeast(0, columns, "columns");
        Checks.atLeast(0, sourceStride, "sourceStride");
        if (rows > 1) {
            Checks.atLeast(columns, targetStride, "targetStride");
        }
    }
}
