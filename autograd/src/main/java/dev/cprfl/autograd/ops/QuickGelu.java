package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;

/** y = x s with s = sigmoid(1.702 x), elementwise; dx = dy s (1 + 1.702 x (1 - s)). The GELU of OpenAI's CLIP. */
public final class QuickGelu {

    private QuickGelu() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        return Elementwise.apply(UnaryOp.QUICK_GELU, x);
    }
}
