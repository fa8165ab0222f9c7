package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** y = x[..., from:to, ...] along one axis; dx is dy there and zero elsewhere. PyTorch: {@code narrow}. */
public final class Slice {

    private Slice() {}

    /**
     * Shares x's memory along axis 0, copies along the others.
     *
     * @param axis negative axes count from the end
     * @param from first index
     * @param to one past the last index
     * @throws IllegalArgumentException if x has no such axis or the axis no such range
     */
    public static Variable apply(Variable x, int axis, int from, int to) {
        int at = Axes.index(axis, x.shape());
        if (from < 0 || to < from || to > x.shape().extent(at)) {
            throw new IllegalArgumentException(
                    "axis " + axis + " of shape " + x.shape() + " has no range " + from + " to " + to);
        }
        if (at == 0) {
            return Tape.recordView(x.value().rows(from, to), (dy, gradients) -> gradients.addRows(x, from, dy), x);
        }
        return copy(x, at, from, to);
    }

    private static Variable copy(Variable x, int axis, int from, int to) {
        Backend backend = x.backend();
        Shape shape = x.shape();
        int rows = shape.length(0, axis);
        int width = shape.length(axis, shape.rank());
        int inner = shape.length(axis + 1, shape.rank());
        int columns = (to - from) * inner;
        int offset = Math.min(from * inner, shape.length());
        Tensor y = Tensor.allocate(backend, shape.with(axis, to - from));
        backend.copy(new CopyShape(rows, columns, width, columns),
                x.value().storage().slice(offset, shape.length() - offset), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = Tensor.zeros(backend, shape);
            backend.copy(new CopyShape(rows, columns, columns, width), dy.storage(),
                    dx.storage().slice(offset, dx.length() - offset));
            gradients.add(x, dx);
        }, x);
    }
}
