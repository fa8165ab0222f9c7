package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** y = the tensors one after the other along an axis; each dx is its part of dy. PyTorch: {@code cat}. */
public final class Concat {

    private Concat() {}

    /**
     * @param axis negative axes count from the end
     * @param xs at least one, of equal shapes but for that axis
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(int axis, Variable... xs) {
        Shape shape = shape(axis, xs);
        Backend backend = xs[0].backend();
        int from = Axes.index(axis, shape);
        int rows = shape.length(0, from);
        int width = shape.length(from, shape.rank());
        Tensor y = Tensor.allocate(backend, shape);
        int offset = 0;
        for (Variable x : xs) {
            int columns = x.shape().length(from, shape.rank());
            backend.copy(new CopyShape(rows, columns, columns, width), x.value().storage(),
                    y.storage().slice(offset, y.length() - offset));
            offset += columns;
        }
        return Tape.record(y, (dy, gradients) -> {
            int start = 0;
            for (Variable x : xs) {
                int columns = x.shape().length(from, shape.rank());
                if (gradients.needs(x)) {
                    Tensor dx = Tensor.allocate(backend, x.shape());
                    backend.copy(new CopyShape(rows, columns, width, columns),
                            dy.storage().slice(start, dy.length() - start), dx.storage());
                    gradients.add(x, dx);
                }
                start += columns;
            }
        }, xs);
    }

    private static Shape shape(int axis, Variable[] xs) {
        if (xs.length == 0) {
            throw new IllegalArgumentException("concatenation needs at least one tensor");
        }
        Shape first = xs[0].shape();
        int at = Axes.index(axis, first);
        int extent = 0;
        for (Variable x : xs) {
            if (x.shape().rank() != first.rank() || !x.shape().with(at, 0).equals(first.with(at, 0))) {
                throw new IllegalArgumentException(
                        "cannot concatenate shapes " + first + " and " + x.shape() + " along axis " + axis);
            }
            extent += x.shape().extent(at);
        }
        return first.with(at, extent);
    }
}
