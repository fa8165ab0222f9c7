package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.BceWithLogits;
import dev.cprfl.tensor.Tensor;

/**
 * Binary cross-entropy of every class alike: the baseline. With {@link Reduction#MEAN} it is PyTorch's
 * {@code BCEWithLogitsLoss} and also its {@code MultiLabelSoftMarginLoss}, the mean over images of the mean over classes.
 */
public record BinaryCrossEntropy(Reduction reduction) implements Loss {

    @Override
    public Variable apply(Variable logits, Tensor targets) {
        return reduction.apply(BceWithLogits.apply(logits, targets));
    }
}
