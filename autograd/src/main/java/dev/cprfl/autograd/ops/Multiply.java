package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.tensor.Tensor;

/** y = a b with broadcasting; da = dy b and db = dy a, each summed over what was repeated. PyTorch: {@code mul}. */
public final class Multiply {

    private Multiply() {}

    /**
     * @param a any shape
     * @param b a shape that broadcasts with a's
     * @throws IllegalArgumentException if the shapes do not broadcast
     */
    public static Variable apply(Variable a, Variable b) {
        Tensor y = Broadcast.apply(BinaryOp.MULTIPLY, a.value(), b.value());
        return Tape.record(y, (dy, gradients) -> {
            if (gradients.needs(a)) {
                Tensor da = gradients.needs(b) ? Tensor.allocate(dy.backend(), dy.shape()) : gradients.reuse(dy);
                Broadcast.into(BinaryOp.MULTIPLY, dy, b.value(), da);
                Broadcast.addSum(gradients, a, da, dy);
            }
            if (gradients.needs(b)) {
                Tensor db = gradients.reuse(dy);
                Broadcast.into(BinaryOp.MULTIPLY, dy, a.value(), db);
                Broadcast.addSum(gradients, b, db, dy);
            }
        }, a, b);
    }
}
