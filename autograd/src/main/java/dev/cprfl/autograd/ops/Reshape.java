package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;

/** The same numbers under another shape; shares memory. dx is dy under x's shape. PyTorch: {@code view}. */
public final class Reshape {

    private Reshape() {}

    /** @throws IllegalArgumentException if the lengths differ */
    public static Variable apply(Variable x, Shape shape) {
        return Tape.recordView(x.value().reshape(shape),
                (dy, gradients) -> gradients.add(x, dy.reshape(x.shape())), x);
    }
}
