package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** y = x with its last two axes exchanged; dx = dy with them exchanged back. PyTorch: {@code mT}. */
public final class Transpose {

    private Transpose() {}

    /**
     * @param x [..., rows, columns]
     * @return [..., columns, rows]
     * @throws IllegalArgumentException if x has fewer than two axes
     */
    public static Variable apply(Variable x) {
        if (x.shape().rank() < 2) {
            throw new IllegalArgumentException("transposing needs x [..., rows, columns], got " + x.shape());
        }
        return Tape.record(transposed(x.value()), (dy, gradients) -> gradients.add(x, transposed(dy)), x);
    }

    private static Tensor transposed(Tensor x) {
        Shape shape = x.shape();
        int rows = shape.extent(-2);
        int columns = shape.extent(-1);
        Tensor y = Tensor.allocate(x.backend(), shape.with(-2, columns).with(-1, rows));
        x.backend().transpose(shape.length(0, shape.rank() - 2), rows, columns, x.storage(), y.storage());
        return y;
    }
}
