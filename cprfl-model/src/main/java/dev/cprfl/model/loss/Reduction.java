package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.SumAll;

/** How the losses of all images and classes become one. */
public enum Reduction {
    /** Mean over B c: CPRFL's code. */
    MEAN,
    /** Sum over B c: the ASL authors' code. */
    SUM;

    Variable apply(Variable losses) {
        return switch (this) {
            case MEAN -> MeanAll.apply(losses);
            case SUM -> SumAll.apply(losses);
        };
    }
}
