package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.tensor.Tensor;

/** y = a + b with broadcasting; da = dy and db = dy, each summed over what was repeated. PyTorch: {@code add}. */
public final class Add {

    private Add() {}

    /**
     * @param a any shape
     * @param b a shape that broadcasts with a's
     * @throws IllegalArgumentException if the shapes do not broadcast
     */
    public static Variable apply(Variable a, Variable b) {
        Tensor y = Broadcast.apply(BinaryOp.ADD, a.value(), b.value());
        return Tape.record(y, (dy, gradients) -> {
            if (gradients.needs(a)) {
                Broadcast.addSum(gradients, a, dy, dy);
            }
            if (gradients.needs(b)) {
                Broadcast.addSum(gradients, b, dy, dy);
            }
        }, a, b);
    }
}
