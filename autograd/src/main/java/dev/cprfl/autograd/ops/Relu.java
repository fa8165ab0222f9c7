package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;
import dev.cprfl.tensor.Tensor;

/** y = max(x, 0), elementwise; dx = dy where x > 0, else 0. PyTorch: {@code relu}. */
public final class Relu {

    private Relu() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        x.backend().unary(UnaryOp.RELU, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().unaryBackward(UnaryOp.RELU, x.value().storage(), y.storage(), dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
