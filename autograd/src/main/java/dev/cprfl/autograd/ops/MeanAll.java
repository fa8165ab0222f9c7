package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;

/** y = the mean of all n numbers, a scalar; dx = dy / n everywhere. PyTorch: {@code mean()}. */
public final class MeanAll {

    private MeanAll() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Reduction.ofAll(x, true);
    }
}
