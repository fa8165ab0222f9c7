package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** What sums and means share: y[o, i] = factor sum over r of x[o, r, i]; dx[o, r, i] = factor dy[o, i]. */
final class Reduction {

    private Reduction() {}

    /**
     * @param shape how x is seen: [outer, reduced, inner]
     * @param result y's shape, of outer * inner numbers
     */
    static Variable apply(Variable x, ReduceShape shape, Shape result, double factor) {
        Tensor y = Tensor.allocate(x.backend(), result);
        x.backend().sum(shape, x.value().storage(), y.storage());
        if (factor != 1) {
            x.backend().scale(factor, y.storage(), y.storage());
        }
        return Tape.record(y, (dy, gradients) -> {
            Tensor factors = Tensor.full(x.backend(), Shape.of(shape.reduced()), factor);
            Tensor dx = Tensor.allocate(x.backend(), x.shape());
            BroadcastShape repeat = BroadcastShape.of(new int[]{shape.outer(), 1, shape.inner()},
                    new int[]{shape.reduced(), 1});
            x.backend().binary(BinaryOp.MULTIPLY, repeat, dy.storage(), factors.storage(), dx.storage());
            factors.release();
            gradients.add(x, dx);
        }, x);
    }

    /** Sum or mean along one axis; negative axes count from the end. */
    static Variable alongAxis(Variable x, int axis, boolean keepDim, boolean mean) {
        Shape shape = x.shape();
        int from = Axes.index(axis, shape);
        ReduceShape reduce = new ReduceShape(shape.length(0, from), shape.extent(from),
                shape.length(from + 1, shape.rank()));
        Shape result = keepDim ? shape.with(from, 1) : Axes.without(from, shape);
        return apply(x, reduce, result, mean ? 1.0 / shape.extent(from) : 1);
    }

    /** Sum or mean of everything: a scalar. */
    static Variable ofAll(Variable x, boolean mean) {
        int length = x.shape().length();
        return apply(x, new ReduceShape(1, length, 1), Shape.of(), mean ? 1.0 / length : 1);
    }
}
