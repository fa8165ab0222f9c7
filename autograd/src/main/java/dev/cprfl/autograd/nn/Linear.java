package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;

/** y = x W^T + b. {@code weight} is [out, in], {@code bias} [out]. PyTorch: {@code nn.Linear}, its default start values. */
public final class Linear extends Layer {

    private final Parameter weight;
    private final Parameter bias;

    public Linear(Initializer init, int in, int out) {
        this(init, in, out, true);
    }

    public Linear(Initializer init, int in, int out, boolean withBias) {
        weight = parameter("weight", init.fanInUniform(Shape.of(out, in), in));
        bias = withBias ? parameter("bias", init.fanInUniform(Shape.of(out), in)) : null;
    }

    /**
     * @param x [..., in]
     * @return [..., out]
     */
    @Override
    public Variable forward(Variable x) {
        return dev.cprfl.autograd.ops.Linear.apply(x, weight, bias);
    }

    public Parameter weight() {
        return weight;
    }

    /** Null if there is none. */
    public Parameter bias() {
        return bias;
    }
}
