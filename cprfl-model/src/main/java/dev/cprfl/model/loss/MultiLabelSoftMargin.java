package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.BceWithLogits;
import dev.cprfl.autograd.ops.Mean;
import dev.cprfl.tensor.Tensor;

/**
 * PyTorch's {@code MultiLabelSoftMarginLoss}: of each image the mean over its classes of the binary cross-entropy -y log s -
 * (1-y) log(1-s), s = sigmoid(x), then the mean or the sum over the images. dL/dx = (s - y) / c, divided by B for the mean.
 * The mean is that of {@link BinaryCrossEntropy}, added up in another order.
 */
public record MultiLabelSoftMargin(Reduction reduction) implements Loss {

    @Override
    public Variable apply(Variable logits, Tensor targets) {
        return reduction.apply(Mean.apply(BceWithLogits.apply(logits, targets), -1, false));
    }
}
