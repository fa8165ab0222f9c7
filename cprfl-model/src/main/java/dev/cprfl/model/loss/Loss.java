package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/** Compares the scores of a batch with its labels. */
public interface Loss {

    /**
     * @param logits [B, c]
     * @param targets [B, c], 1 where the image has the label, else 0
     * @return a scalar
     */
    Variable apply(Variable logits, Tensor targets);
}
