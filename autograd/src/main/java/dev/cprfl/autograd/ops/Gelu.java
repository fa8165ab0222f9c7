package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/**
 * y = x Phi(x), elementwise, with the normal distribution Phi and its density phi, in the exact erf form; dx = dy (Phi(x) +
 * x phi(x)). Hendrycks and Gimpel 2016; PyTorch: {@code gelu}.
 */
public final class Gelu {

    private Gelu() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.GELU, x);
    }
}
