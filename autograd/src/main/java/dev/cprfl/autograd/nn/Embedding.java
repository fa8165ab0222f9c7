package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;

/** A table of vectors. {@code weight} is [rows, width], normal at the start. PyTorch: {@code nn.Embedding}. */
public final class Embedding extends Module {

    private final Parameter weight;

    public Embedding(Initializer init, int rows, int width) {
        weight = parameter("weight", init.normal(Shape.of(rows, width), 1));
    }

    /**
     * @param indices rows of the table
     * @param shape how the indices are arranged
     * @return [shape..., width]
     */
    public Variable forward(int[] indices, Shape shape) {
        return dev.cprfl.autograd.ops.Embedding.apply(indices, shape, weight);
    }
}
