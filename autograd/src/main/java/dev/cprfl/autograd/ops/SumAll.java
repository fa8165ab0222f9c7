package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;

/** y = the sum of all numbers, a scalar; dx = dy everywhere. PyTorch: {@code sum()}. */
public final class SumAll {

    private SumAll() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Reduction.ofAll(x, false);
    }
}
