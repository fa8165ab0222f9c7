package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/**
 * Binary cross-entropy of each logit: loss = -y ln(s) - (1 - y) ln(1 - s) with s = sigmoid(x), computed as max(x, 0) - x y +
 * ln(1 + exp(-|x|)); dlogits = dloss (s - y). PyTorch: {@code binary_cross_entropy_with_logits}.
 */
public final class BceWithLogits {

    private BceWithLogits() {}

    /**
     * @param logits x: any shape
     * @param targets y: the same shape, in [0, 1]
     * @return the loss of each logit
     * @throws IllegalArgumentException if the shapes differ
     */
    public static Variable apply(Variable logits, Tensor targets) {
        if (!targets.shape().equals(logits.shape())) {
            throw new IllegalArgumentException("binary cross-entropy of logits " + logits.shape()
                    + " needs targets of that shape, got " + targets.shape());
        }
        Tensor loss = Tensor.allocate(logits.backend(), logits.shape());
        logits.backend().bceWithLogits(logits.value().storage(), targets.storage(), loss.storage());
        return Tape.record(loss, (dloss, gradients) -> {
            Tensor dlogits = Tensor.allocate(logits.backend(), logits.shape());
            logits.backend().bceWithLogitsBackward(logits.value().storage(), targets.storage(), dloss.storage(),
                    dlogits.storage());
            gradients.add(logits, dlogits);
        }, logits);
    }
}
