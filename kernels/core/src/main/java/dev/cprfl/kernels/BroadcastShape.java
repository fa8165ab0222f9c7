package dev.cprfl.kernels;

import java.util.Arrays;

/**
 * The integers of an elementwise operation y = a op b under NumPy's broadcasting: y is dense and row-major with the given
 * extents; along an axis where an operand has extent one its stride is zero.
 *
 * @param extents extents of y, outermost first
 * @param stridesA step of a along each axis of y
 * @param stridesB step of b along each axis of y
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; kernels read the arrays in place
public record BroadcastShape(int[] extents, int[] stridesA, int[] stridesB) {

    /** Both operands have y's shape. */
    public static BroadcastShape same(int length) {
        return new BroadcastShape(new int[]{length}, new int[]{1}, new int[]{1});
    }

    /**
     * The broadcast of two shapes, aligned at their last axes. Neighbouring axes that both operands walk in one go are
     * merged, so a kernel sees few and long axes.
     *
     * @throws IllegalArgumentException if an axis differs in the operands and neither has extent one there
     */
    public static BroadcastShape of(int[] a, int[] b) {
        int rank = Math.max(a.length, b.length);
        int[] extents = new int[rank];
        int[] stridesA = new int[rank];
        int[] stridesB = new int[rank];
        int stepA = 1;
        int stepB = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            int extentA = extent(a, axis - rank + a.length);
            int extentB = extent(b, axis - rank + b.length);
            if (extentA != extentB && extentA != 1 && extentB != 1) {
                throw new IllegalArgumentException(
                        "shapes " + Arrays.toString(a) + " and " + Arrays.toString(b) + " do not broadcast");
            }
            extents[axis] = extentA == 1 ? extentB : extentA;
            stridesA[axis] = extentA == 1 ? 0 : stepA;
            stridesB[axis] = extentB == 1 ? 0 : stepB;
            stepA *= extentA;
            stepB *= extentB;
        }
        return merge(extents, stridesA, stridesB);
    }

    private static int extent(int[] shape, int axis) {
        return axis < 0 ? 1 : shape[axis];
    }

    private static BroadcastShape merge(int[] extents, int[] stridesA, int[] stridesB) {
        int[] e = new int[extents.length];
        int[] sa = new int[extents.length];
        int[] sb = new int[extents.length];
        int n = 0;
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == 1) {
                continue;
            }
            boolean joins = n > 0 && sa[n - 1] == stridesA[axis] * extents[axis]
                    && sb[n - 1] == stridesB[axis] * extents[axis];
            if (joins) {
                e[n - 1] *= extents[axis];
            } else {
                e[n++] = extents[axis];
            }
            sa[n - 1] = stridesA[axis];
            sb[n - 1] = stridesB[axis];
        }
        return new BroadcastShape(Arrays.copyOf(e, n), Arrays.copyOf(sa, n), Arrays.copyOf(sb, n));
    }

    /** Length of y. */
    public int length() {
        int length = 1;
        for (int extent : extents) {
            length *= extent;
        }
        return length;
    }
}
