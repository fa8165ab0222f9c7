package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.tensor.Tensor;

/** y = a / b with broadcasting; da = dy / b and db = -dy y / b, each summed over what was repeated. PyTorch: {@code div}. */
public final class Divide {

    private Divide() {}

    /**
     * @param a any shape
     * @param b a shape that broadcasts with a's
     * @throws IllegalArgumentException if the shapes do not broadcast
     */
    public static Variable apply(Variable a, Variable b) {
        Tensor y = Broadcast.apply(BinaryOp.DIVIDE, a.value(), b.value());
        return Tape.record(y, (dy, gradients) -> {
            Tensor share = gradients.reuse(dy);
            Broadcast.into(BinaryOp.DIVIDE, dy, b.value(), share);
            if (gradients.needs(b)) {
                Tensor db = Broadcast.apply(BinaryOp.MULTIPLY, share, y);
                y.backend().scale(-1, db.storage(), db.storage());
                Broadcast.addSum(gradients, b, db, dy);
            }
            if (gradients.needs(a)) {
                Broadcast.addSum(gradients, a, share, dy);
            } else if (share != dy) {
                share.release();
            }
        }, a, b);
    }
}
