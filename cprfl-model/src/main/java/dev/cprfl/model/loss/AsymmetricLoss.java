package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/**
 * The asymmetric loss (Ridnik et al. 2021), which takes easy negatives less seriously than positives.
 * Implements E9. L = -mean[y (1-s)^g+ log s + (1-y) sm^g- log(1-sm)], sm = max(s - mu, 0), s = sigmoid(logit).
 *
 * @param gammaPos g+, focusing exponent of positives
 * @param gammaNeg g-, focusing exponent of negatives
 * @param clip mu, probability margin of negatives
 * @param eps lower bound of a probability inside the logarithm
 * @param detachFocus the gradient takes the focusing weight as a constant (the authors' {@code disable_torch_grad_focal_loss})
 */
public record AsymmetricLoss(double gammaPos, double gammaNeg, double clip, double eps, boolean detachFocus,
        Reduction reduction) implements Loss {

    @Override
    public Variable apply(Variable logits, Tensor targets) {
        return reduction
                .apply(dev.cprfl.autograd.ops.AsymmetricLoss.apply(logits, targets, gammaPos, gammaNeg, clip, eps,
                        detachFocus));
    }
}
