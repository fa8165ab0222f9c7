package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/** y = alpha x with a constant alpha; dx = alpha dy. PyTorch: {@code mul} by a number. */
public final class Scale {

    private Scale() {}

    /** @param x any shape */
    public static Variable apply(Variable x, double alpha) {
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        x.backend().scale(alpha, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().scale(alpha, dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
