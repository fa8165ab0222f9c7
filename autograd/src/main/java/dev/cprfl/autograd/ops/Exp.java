package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = exp(x), elementwise; dx = dy y. PyTorch: {@code exp}. */
public final class Exp {

    private Exp() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.EXP, x);
    }
}
