package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Attention;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.tensor.Shape;

/**
 * Self-attention as CLIP has it: project to queries, keys and values, attend in every head, project back. {@code
 * in_proj_weight} is [3 width, width], queries first, then keys, then values; {@code in_proj_bias} [3 width];
 * {@code out_proj} a linear layer. PyTorch: {@code nn.MultiheadAttention}, batch first.
 */
public final class MultiHeadAttention extends Module {

    private final int width;
    private final int heads;
    private final Parameter inWeight;
    private final Parameter inBias;
    private final Linear out;

    /** @throws IllegalArgumentException if the width is no multiple of the number of heads */
    public MultiHeadAttention(Initializer init, int width, int heads) {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException("width " + width + " does not split into " + heads + " heads");
        }
        this.width = width;
        this.heads = heads;
        inWeight = parameter("in_proj_weight", init.xavierUniform(Shape.of(3 * width, width)));
        inBias = parameter("in_proj_bias", init.constant(Shape.of(3 * width), 0));
        out = child("out_proj", new Linear(init, width, width));
        init.backend().fill(0, out.bias().value().storage());
    }

    /**
     * @param x [batch, tokens, width]
     * @param causal a token sees itself and those before it only
     * @return x's shape
     */
    public Variable forward(Variable x, boolean causal) {
        Variable q = project(x, 0, width);
        Variable kv = project(x, width, 3 * width);
        Attention.Result result = Attention.apply(q, kv, heads, 1 / Math.sqrt((double) width / heads), causal);
        Tape.forget(q, kv);
        if (!result.output().requiresGrad()) {
            result.probabilities().release();
        }
        Variable y = out.forward(result.output());
        Tape.forget(result.output());
        return y;
    }

    private Variable project(Variable x, int from, int to) {
        return dev.cprfl.autograd.ops.Linear.apply(x, Slice.apply(inWeight, 0, from, to),
                Slice.apply(inBias, 0, from, to));
    }
}
