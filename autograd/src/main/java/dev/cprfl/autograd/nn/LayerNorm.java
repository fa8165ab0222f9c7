package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;

/** Normalisation of each row. {@code weight} and {@code bias} are [width]. PyTorch: {@code nn.LayerNorm} over the last axis. */
public final class LayerNorm extends Layer {

    /** Added to the variance. */
    public static final double EPS = 1e-5;

    private final Parameter weight;
    private final Parameter bias;

    public LayerNorm(Initializer init, int width) {
        weight = parameter("weight", init.constant(Shape.of(width), 1));
        bias = parameter("bias", init.constant(Shape.of(width), 0));
    }

    /** @param x [..., width]; y has its shape */
    @Override
    public Variable forward(Variable x) {
        return dev.cprfl.autograd.ops.LayerNorm.apply(x, weight, bias, EPS);
    }
}
