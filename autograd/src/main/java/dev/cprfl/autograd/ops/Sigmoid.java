package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = 1 / (1 + exp(-x)), elementwise; dx = dy y (1 - y). PyTorch: {@code sigmoid}. */
public final class Sigmoid {

    private Sigmoid() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.SIGMOID, x);
    }
}
