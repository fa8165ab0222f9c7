package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * y = x W^T + b for each row of x; dx = dy W, dW = dy^T x and db = the sum of dy over the rows. All rows of the batch are one
 * matrix product. PyTorch: {@code linear}.
 */
public final class Linear {

    private Linear() {}

    /**
     * @param x [..., in]
     * @param weight W: [out, in]
     * @param bias b: [out], or null
     * @return [..., out]
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(Variable x, Variable weight, Variable bias) {
        requireShapes(x, weight, bias);
        Backend backend = x.backend();
        int in = weight.shape().extent(1);
        int out = weight.shape().extent(0);
        int rows = x.shape().length(0, x.shape().rank() - 1);
        Tensor y = Tensor.allocate(backend, x.shape().with(-1, out));
        backend.gemm(GemmShape.of(rows, out, in, false, true), x.value().storage(), weight.value().storage(),
                bias == null ? null : bias.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            if (gradients.needs(x)) {
                Tensor dx = Tensor.allocate(backend, x.shape());
                backend.gemm(GemmShape.of(rows, in, out, false, false), dy.storage(), weight.value().storage(), null,
                        dx.storage());
                gradients.add(x, dx);
            }
            if (gradients.needs(weight)) {
                Tensor dw = Tensor.allocate(backend, weight.shape());
                backend.gemm(GemmShape.of(out, in, rows, true, false), dy.storage(), x.value().storage(), null,
                        dw.storage());
                gradients.add(weight, dw);
            }
            if (gradients.needs(bias)) {
                Tensor db = Tensor.allocate(backend, bias.shape());
                backend.sum(new ReduceShape(1, rows, out), dy.storage(), db.storage());
                gradients.add(bias, db);
            }
        }, x, weight, bias);
    }

    private static void requireShapes(Variable x, Variable weight, Variable bias) {
        boolean fits = x.shape().rank() >= 1 && weight.shape().rank() == 2
                && x.shape().extent(-1) == weight.shape().extent(1)
                && (bias == null || bias.shape().equals(Shape.of(weight.shape().extent(0))));
        if (!fits) {
            throw new IllegalArgumentException("linear needs x [..., in], weight [out, in], bias [out] or none; got x "
                    + x.shape() + ", weight " + weight.shape() + ", bias " + (bias == null ? "none" : bias.shape()));
        }
    }
}
