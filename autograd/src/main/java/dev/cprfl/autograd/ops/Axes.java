package dev.cprfl.autograd.ops;

import dev.cprfl.tensor.Shape;

/** Axis arithmetic. */
final class Axes {

    private Axes() {}

    /**
     * The axis from 0 on; negative ones count from the end.
     *
     * @throws IllegalArgumentException if the shape has no such axis
     */
    static int index(int axis, Shape shape) {
        int index = axis < 0 ? axis + shape.rank() : axis;
        if (index < 0 || index >= shape.rank()) {
            throw new IllegalArgumentException("shape " + shape + " has no axis " + axis);
        }
        return index;
    }

    /** The shape without one axis. */
    static Shape without(int axis, Shape shape) {
        int[] extents = new int[shape.rank() - 1];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = shape.extent(i < axis ? i : i + 1);
        }
        return Shape.of(extents);
    }

    /** The shape under one more axis, outermost. */
    static Shape before(int extent, Shape shape) {
        int[] extents = new int[shape.rank() + 1];
        extents[0] = extent;
        System.arraycopy(shape.toArray(), 0, extents, 1, shape.rank());
        return Shape.of(extents);
    }
}
