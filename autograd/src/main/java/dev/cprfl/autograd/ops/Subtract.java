package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.tensor.Tensor;

/** y = a - b with broadcasting; da = dy and db = -dy, each summed over what was repeated. PyTorch: {@code sub}. */
public final class Subtract {

    private Subtract() {}

    /**
     * @param a any shape
     * @param b a shape that broadcasts with a's
     * @throws IllegalArgumentException if the shapes do not broadcast
     */
    public static Variable apply(Variable a, Variable b) {
        Tensor y = Broadcast.apply(BinaryOp.SUBTRACT, a.value(), b.value());
        return Tape.record(y, (dy, gradients) -> {
            if (gradients.needs(a)) {
                Broadcast.addSum(gradients, a, dy, dy);
            }
            if (gradients.needs(b)) {
                Tensor db = gradients.reuse(dy);
                y.backend().scale(-1, dy.storage(), db.storage());
                Broadcast.addSum(gradients, b, db, dy);
            }
        }, a, b);
    }
}
