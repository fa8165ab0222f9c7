package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** What the functions of two arguments share: NumPy's broadcasting and, for the way back, its transpose: a sum. */
final class Broadcast {

    private Broadcast() {}

    /** y = a op b in a new tensor. */
    static Tensor apply(BinaryOp op, Tensor a, Tensor b) {
        Tensor y = Tensor.allocate(a.backend(), shape(a.shape(), b.shape()));
        into(op, a, b, y);
        return y;
    }

    /** y = a op b; y may be an operand of y's shape. */
    static void into(BinaryOp op, Tensor a, Tensor b, Tensor y) {
        BroadcastShape shape = BroadcastShape.of(a.shape().toArray(), b.shape().toArray());
        a.backend().binary(op, shape, a.storage(), b.storage(), y.storage());
    }

    /**
     * The common shape of two operands, aligned at their last axes.
     *
     * @throws IllegalArgumentException if an axis differs and neither operand has extent one there
     */
    static Shape shape(Shape a, Shape b) {
        int[] extents = new int[Math.max(a.rank(), b.rank())];
        for (int axis = -1; axis >= -extents.length; axis--) {
            int extentA = axis >= -a.rank() ? a.extent(axis) : 1;
            int extentB = axis >= -b.rank() ? b.extent(axis) : 1;
            if (extentA != extentB && extentA != 1 && extentB != 1) {
                throw new IllegalArgumentException("shapes " + a + " and " + b + " do not broadcast");
            }
            extents[axis + extents.length] = extentA == 1 ? extentB : extentA;
        }
        return Shape.of(extents);
    }

    /**
     * Adds to the gradient of an operand that was repeated to the output's shape: sums over the repetitions.
     *
     * @param gradient of the output's shape: dy, or scratch, which is given away
     */
    static void addSum(Gradients gradients, Variable operand, Tensor gradient, Tensor dy) {
        if (gradient.length() == operand.shape().length()) {
            gradients.add(operand, gradient.reshape(operand.shape()));
            return;
        }
        gradients.add(operand, sumTo(operand.shape(), gradient));
        if (gradient != dy) {
            gradient.release();
        }
    }

    /** The sum of x over the axes, at least one, along which {@code shape} was repeated to x's shape. */
    private static Tensor sumTo(Shape shape, Tensor x) {
        Tensor sum = x;
        int added = x.shape().rank() - shape.rank();
        for (int axis = 0; axis < x.shape().rank(); axis++) {
            Shape from = sum.shape();
            int wanted = axis < added ? 1 : shape.extent(axis - added);
            if (from.extent(axis) != wanted) {
                Tensor next = Tensor.allocate(x.backend(), from.with(axis, 1));
                ReduceShape reduce = new ReduceShape(from.length(0, axis), from.extent(axis),
                        from.length(axis + 1, from.rank()));
                x.backend().sum(reduce, sum.storage(), next.storage());
                if (sum != x) {
                    sum.release();
                }
                sum = next;
            }
        }
        return sum.reshape(shape);
    }
}
