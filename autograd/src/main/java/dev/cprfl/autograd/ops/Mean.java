package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;

/** y = the mean of the n numbers along one axis; dx repeats dy / n along it. PyTorch: {@code mean(dim)}. */
public final class Mean {

    private Mean() {}

    /**
     * @param x any shape but a scalar
     * @param axis negative axes count from the end
     * @param keepDim whether y has extent one along the axis, or goes without it
     * @throws IllegalArgumentException if x has no such axis
     */
    public static Variable apply(Variable x, int axis, boolean keepDim) {
        return Reduction.alongAxis(x, axis, keepDim, true);
    }
}
