package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.UnaryOp;
import dev.cprfl.tensor.Tensor;

/** What the functions of one argument share: y = f(x), dx = dy f'(x), elementwise. */
final class Elementwise {

    private Elementwise() {}

    /** @param x any shape */
    static Variable apply(UnaryOp f, Variable x) {
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        x.backend().unary(f, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().unaryBackward(f, x.value().storage(), y.storage(), dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
