package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;

/** y = the sum along one axis; dx repeats dy along it. PyTorch: {@code sum(dim)}. */
public final class Sum {

    private Sum() {}

    /**
     * @param x any shape but a scalar
     * @param axis negative axes count from the end
     * @param keepDim whether y has extent one along the axis, or goes without it
     * @throws IllegalArgumentException if x has no such axis
     */
    public static Variable apply(Variable x, int axis, boolean keepDim) {
        return Reduction.alongAxis(x, axis, keepDim, false);
    }
}
