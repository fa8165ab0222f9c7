package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * Scaled dot-product attention (E5; Vaswani et al. 2017), for each image and head: A = softmax(scale Q K^T), y = A V.
 *
 * <p>dV = A^T dy, dA = dy V^T, dS = A (dA - sum(dA A)) along each row, dQ = scale dS K, dK = scale dS^T Q. PyTorch:
 * {@code scaled_dot_product_attention}.
 */
public final class Attention {

    /**
     * @param output [batch, queries, heads * headDim]
     * @param probabilities A: [batch, heads, queries, keys]. Under a tape it belongs to the backward pass, which frees it
     */
    public record Result(Variable output, Tensor probabilities) {}

    private Attention() {}

    /**
     * @param q [batch, queries, heads * headDim]; a head's numbers are neighbours
     * @param kv [batch, keys, 2 * heads * headDim]; a row holds the keys of all heads, then the values
     * @param scale factor on the scores, 1 / sqrt(headDim) in E5
     * @param causal query i sees keys 0 to i only
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Result apply(Variable q, Variable kv, int heads, double scale, boolean causal) {
        AttentionShape shape = shape(q.shape(), kv.shape(), heads, scale, causal);
        Backend backend = q.backend();
        Tensor y = Tensor.allocate(backend, q.shape());
        Tensor probabilities = Tensor.allocate(backend,
                Shape.of(shape.batch(), heads, shape.queries(), shape.keys()));
        Storage keys = kv.value().storage();
        Storage values = values(kv.value(), shape);
        backend.attention(shape, q.value().storage(), keys, values, probabilities.storage(), y.storage());
        Variable output = Tape.record(y, (dy, gradients) -> {
            Tensor dq = Tensor.allocate(backend, q.shape());
            Tensor dkv = Tensor.allocate(backend, kv.shape());
            backend.attentionBackward(shape, q.value().storage(), keys, values, probabilities.storage(), dy.storage(),
                    dq.storage(), dkv.storage(), values(dkv, shape));
            probabilities.release();
            gradients.addNeeded(q, dq);
            gradients.addNeeded(kv, dkv);
        }, q, kv);
        return new Result(output, probabilities);
    }

    /** The window of a [keys, values] matrix that begins with the values of the first row. */
    private static Storage values(Tensor kv, AttentionShape shape) {
        int skipped = Math.min(shape.width(), kv.length());
        return kv.storage().slice(skipped, kv.length() - skipped);
    }

    private static AttentionShape shape(Shape q, Shape kv, int heads, double scale, boolean causal) {
        boolean fits = q.rank() == 3 && kv.rank() == 3 && q.extent(0) == kv.extent(0)
                && kv.extent(2) == 2 * q.extent(2) && heads > 0 && q.extent(2) % heads == 0;
        if (!fits) {
            throw new IllegalArgumentException(
                    "attention of " + heads + " heads needs q [batch, queries, heads * headDim],"
                            + " kv [batch, keys, 2 * heads * headDim]; got q " + q + ", kv " + kv);
        }
        int width = q.extent(2);
        return new AttentionShape(q.extent(0), heads, q.extent(1), kv.extent(1), width / heads, width, 2 * width, scale,
                causal);
    }
}
