package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.AslShape;
import dev.cprfl.tensor.Tensor;

/**
 * The asymmetric loss (E9; Ridnik et al. 2021) of each logit: with s = sigmoid(x), sn = min(1 - s + clip, 1) and
 * w = (1 - y s - (1 - y) sn)^(y gammaPos + (1 - y) gammaNeg), loss = -w [y ln(max(s, eps)) + (1 - y) ln(max(sn, eps))].
 *
 * <p>dlogits = dloss times the derivative; with {@code detachFocus} w is taken as a constant, as the authors' code does. For
 * y = 0 and sn &lt; 1 that is w s (1 - s) / sn, for y = 1 it is -w (1 - s).
 */
public final class AsymmetricLoss {

    private AsymmetricLoss() {}

    /**
     * @param logits x: any shape
     * @param targets y: the same shape, in [0, 1]
     * @param gammaPos focusing exponent of positives
     * @param gammaNeg focusing exponent of negatives
     * @param clip probability margin mu; zero turns the shift off
     * @param eps lower bound of a probability inside the logarithm
     * @param detachFocus whether the gradient takes w as a constant
     * @return the loss of each logit
     * @throws IllegalArgumentException if the shapes differ or a setting lies outside its range
     */
    public static Variable apply(Variable logits, Tensor targets, double gammaPos, double gammaNeg, double clip,
            double eps, boolean detachFocus) {
        if (!targets.shape().equals(logits.shape())) {
            throw new IllegalArgumentException("asymmetric loss of logits " + logits.shape()
                    + " needs targets of that shape, got " + targets.shape());
        }
        AslShape shape = new AslShape(logits.shape().length(), gammaPos, gammaNeg, clip, eps, detachFocus);
        Tensor loss = Tensor.allocate(logits.backend(), logits.shape());
        logits.backend().asymmetricLoss(shape, logits.value().storage(), targets.storage(), loss.storage());
        return Tape.record(loss, (dloss, gradients) -> {
            Tensor dlogits = Tensor.allocate(logits.backend(), logits.shape());
            logits.backend().asymmetricLossBackward(shape, logits.value().storage(), targets.storage(), dloss.storage(),
                    dlogits.storage());
            gradients.add(logits, dlogits);
        }, logits);
    }
}
