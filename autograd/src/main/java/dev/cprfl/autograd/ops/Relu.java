package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = max(x, 0), elementwise; dx = dy where x &gt; 0, else 0. PyTorch: {@code relu}. */
public final class Relu {

    private Relu() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.RELU, x);
    }
}
