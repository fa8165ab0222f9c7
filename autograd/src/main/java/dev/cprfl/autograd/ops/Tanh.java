package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = tanh(x), elementwise; dx = dy (1 - y^2). PyTorch: {@code tanh}. */
public final class Tanh {

    private Tanh() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.TANH, x);
    }
}
