package dev.cprfl.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The extents of a tensor, outermost first. A scalar has none. Immutable. */
public final class Shape {

    private final int[] extents;
    private final int length;

    private Shape(int[] extents) {
        long product = 1;
        for (int extent : extents) {
            if (extent < 0) {
                throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(extents));
            }
            product *= extent;
            if (product > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(extents) + " has more than " + Integer.MAX_VALUE + " numbers");
            }
        }
        this.extents = extents;
        this.length = (int) product;
    }

    /** @throws IllegalArgumentException if an extent is negative or the product exceeds an int */
    public static Shape of(int... extents) {
        return new Shape(extents.clone());
    }

    public int rank() {
        return extents.length;
    }

    /** The extent of an axis; negative axes count from the end, as in PyTorch. */
    public int extent(int axis) {
        return extents[axis < 0 ? axis + extents.length : axis];
    }

    /** Product of all extents. */
    public int length() {
        return length;
    }

    /** Product of the extents of axes {@code from} to {@code to - 1}. */
    public int length(int from, int to) {
        int product = 1;
        for (int axis = from; axis < to; axis++) {
            product *= extents[axis];
        }
        return product;
    }

    public int[] toArray() {
        return extents.clone();
    }

    /** This shape with another extent at an axis; negative axes count from the end. */
    public Shape with(int axis, int extent) {
        int[] changed = extents.clone();
        changed[axis < 0 ? axis + extents.length : axis] = extent;
        return new Shape(changed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    /** As PyTorch prints it: {@code [2, 3]}. */
    @Override
    public String toString() {
        return Arrays.stream(extents).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
