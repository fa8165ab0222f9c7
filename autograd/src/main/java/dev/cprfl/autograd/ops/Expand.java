package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Tensor;

/** y = x once for every image of a batch; dx = the sum of dy over the batch. PyTorch: {@code x.expand(batch, ...)}. */
public final class Expand {

    private Expand() {}

    /**
     * @param x any shape
     * @return [batch, x's extents...]
     */
    public static Variable apply(Variable x, int batch) {
        int length = x.shape().length();
        Tensor y = Tensor.allocate(x.backend(), Axes.before(batch, x.shape()));
        x.backend().copy(new CopyShape(batch, length, 0, length), x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = Tensor.allocate(x.backend(), x.shape());
            x.backend().sum(new ReduceShape(1, batch, length), dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
