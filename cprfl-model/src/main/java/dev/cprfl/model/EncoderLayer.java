package dev.cprfl.model;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Dropout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.LayerNorm;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.ops.Attention;
import dev.cprfl.autograd.ops.Concat;
import dev.cprfl.autograd.ops.Expand;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.tensor.Tensor;

/**
 * One encoder layer of the VSI, as the authors coded it: without residual connections.
 *
 * <p>Implements E7. U = LN1(Z); A = heads(softmax(Q K^T / sqrt(e)) V) with Q, K, V = U Wqkv; Z1 = Drop(A Wout + bout);
 * Z' = Drop(Wb Drop(GELU(Wa LN2(Z1) + ba)) + bb).
 *
 * <p>The token set Z comes in its two parts, visual tokens and prompts. Everything before the attention treats rows one by
 * one, so prompts that are the same for all images are normalised and projected once; and a layer of which only the prompts
 * are wanted computes the other rows' keys and values, but not their queries, output projection and MLP. Both give the same
 * numbers as the full computation.
 */
public final class EncoderLayer extends Module {

    /**
     * @param tokens Z': [B, v+c, d], or the prompts' rows of it, [B, c, d]
     * @param probabilities alpha: [B, H, rows of tokens, v+c]. Under a tape they belong to the backward pass, which frees them
     */
    public record Result(Variable tokens, Tensor probabilities) {}

    /**
     * Queries [c, H e], and keys and values [c, 2 H e], of prompts that are the same for every image (with one more axis in front
     * where they are not).
     */
    public record Projected(Variable q, Variable kv) {}

    private final int heads;
    private final int width;
    private final LayerNorm attentionNorm;
    private final Linear toQkv;
    private final Linear toOut;
    private final LayerNorm mlpNorm;
    private final Linear mlpHidden;
    private final Linear mlpOutput;
    private final Dropout attentionDropout;
    private final Dropout hiddenDropout;
    private final Dropout outputDropout;
    private Variable frozenKeysValues;

    public EncoderLayer(Initializer initializer, int jointDim, int heads, int headDim, int mlpDim, double dropout) {
        this.heads = heads;
        width = heads * headDim;
        attentionNorm = child("attention_norm", new LayerNorm(initializer, jointDim));
        toQkv = child("to_qkv", new Linear(initializer, jointDim, 3 * width, false));
        // The authors' code leaves the projection out where one head already has the width of a token.
        toOut = heads == 1 && headDim == jointDim
                ? null
                : child("to_out", new Linear(initializer, width, jointDim));
        attentionDropout = child("attention_dropout", new Dropout(dropout));
        mlpNorm = child("mlp_norm", new LayerNorm(initializer, jointDim));
        mlpHidden = child("mlp_hidden", new Linear(initializer, jointDim, mlpDim));
        hiddenDropout = child("hidden_dropout", new Dropout(dropout));
        mlpOutput = child("mlp_output", new Linear(initializer, mlpDim, jointDim));
        outputDropout = child("output_dropout", new Dropout(dropout));
    }

    /**
     * @param features visual tokens: [B, v, d]
     * @param prompts [c, d], the same for every image, or [B, c, d]
     * @param promptsOnly whether only the prompts' rows are wanted
     */
    public Result forward(Variable features, Variable prompts, boolean promptsOnly) {
        Projected projected = project(prompts);
        Result result = forward(features, projected, promptsOnly);
        Tape.forget(projected.q, projected.kv);
        return result;
    }

    /** As {@link #forward(Variable, Variable, boolean)} with the prompts' projections, which stay the caller's. */
    public Result forward(Variable features, Projected prompts, boolean promptsOnly) {
        Variable f = attentionNorm.forward(features);
        Variable kv = join(keysValues(f), prompts.kv);
        Variable q = promptsOnly
                ? perImage(prompts.q, features.shape().extent(0))
                : join(project(f, 0, width), prompts.q);
        Tape.forget(f);
        Attention.Result attention = attend(q, kv);
        Tape.forget(q, kv);
        return new Result(update(attention.output()), attention.probabilities());
    }

    /** Queries, keys and values of the prompts: [c, d] or [B, c, d]. */
    public Projected project(Variable prompts) {
        Variable p = attentionNorm.forward(prompts);
        Projected projected = new Projected(project(p, 0, width), project(p, width, 3 * width));
        Tape.forget(p);
        return projected;
    }

    /** Prepares for inference: the weights must not change until this layer is put into training again. */
    void freeze() {
        frozenKeysValues = toQkv.frozenRows(width, 3 * width);
        if (toOut != null) {
            toOut.freeze();
        }
        mlpHidden.freeze();
        mlpOutput.freeze();
    }

    @Override
    protected void forgetPrepared() {
        frozenKeysValues = null;
    }

    private Variable keysValues(Variable x) {
        return frozenKeysValues == null || Tape.records(toQkv.weight())
                ? project(x, width, 3 * width)
                : dev.cprfl.autograd.ops.Linear.apply(x, frozenKeysValues, null);
    }

    /** Columns of the joint projection to Q, K and V: x times rows {@code from} to {@code to - 1} of its weight. */
    private Variable project(Variable x, int from, int to) {
        return dev.cprfl.autograd.ops.Linear.apply(x, Slice.apply(toQkv.weight(), 0, from, to), null);
    }

    private static Variable join(Variable features, Variable prompts) {
        Variable repeated = perImage(prompts, features.shape().extent(0));
        Variable tokens = Concat.apply(1, features, repeated);
        Tape.forget(features, repeated);
        return tokens;
    }

    /** The prompts' projections once for every image, [B, c, ...], in memory of their own. */
    private static Variable perImage(Variable prompts, int batch) {
        return prompts.shape().rank() == 3 ? Scale.apply(prompts, 1) : Expand.apply(prompts, batch);
    }

    /** Implements E5. alpha_ij = softmax_j(q_i . k_j / sqrt(e)), zbar_i = sum_j alpha_ij v_j, for each head. */
    private Attention.Result attend(Variable q, Variable kv) {
        return Attention.apply(q, kv, heads, 1 / Math.sqrt((double) width / heads), false);
    }

    /** Implements E6. p' = act(pbar Wr + b3) Wo + b4; in the authors' form with two projections and a norm in between. */
    private Variable update(Variable attended) {
        Variable projected = toOut == null ? attended : toOut.forward(attended);
        Variable normalised = mlpNorm.forward(attentionDropout.forward(projected));
        Variable hidden = mlpHidden.forward(normalised);
        Variable activated = Gelu.apply(hidden);
        Variable result = outputDropout.forward(mlpOutput.forward(hiddenDropout.forward(activated)));
        Tape.forget(attended, normalised, hidden, activated);
        return result;
    }
}
