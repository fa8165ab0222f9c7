package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** y = x W^T + b. {@code weight} is [out, in], {@code bias} [out]. PyTorch: {@code nn.Linear}, its default start values. */
public final class Linear extends Layer {

    private final Parameter weight;
    private final Parameter bias;
    private Variable frozen;

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
        return dev.cprfl.autograd.ops.Linear.apply(x, frozen == null || Tape.records(weight) ? weight : frozen, bias);
    }

    /** Prepares for inference: the weight must not change until this layer is put into training again. */
    public void freeze() {
        frozen = frozenRows(0, weight.shape().extent(0));
    }

    /** A constant of rows {@code from} to {@code to - 1} of the weight, which must not change while it is in use. */
    public Variable frozenRows(int from, int to) {
        Tensor rows = weight.value().rows(from, to);
        rows.backend().freeze(rows.storage());
        return Variable.constant(rows);
    }

    @Override
    protected void forgetPrepared() {
        frozen = null;
    }

    public Parameter weight() {
        return weight;
    }

    /** Null if there is none. */
    public Parameter bias() {
        return bias;
    }
}
