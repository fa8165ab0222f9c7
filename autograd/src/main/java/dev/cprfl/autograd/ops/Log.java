package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = ln(x), elementwise; dx = dy / x. PyTorch: {@code log}. */
public final class Log {

    private Log() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.LOG, x);
    }
}
