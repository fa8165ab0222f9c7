package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.tensor.Tensor;

/** y = exp(x) / sum exp(x) along the last axis; dx = y (dy - sum(dy y)). PyTorch: {@code softmax(-1)}. */
public final class Softmax {

    private Softmax() {}

    /**
     * @param x [..., columns]
     * @throws IllegalArgumentException if x is a scalar
     */
    public static Variable apply(Variable x) {
        if (x.shape().rank() == 0) {
            throw new IllegalArgumentException("softmax needs x [..., columns], got a scalar");
        }
        RowShape shape = new RowShape(x.shape().length(0, x.shape().rank() - 1), x.shape().extent(-1));
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        x.backend().softmax(shape, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().softmaxBackward(shape, y.storage(), dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
