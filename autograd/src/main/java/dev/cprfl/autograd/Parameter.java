package dev.cprfl.autograd;

import dev.cprfl.tensor.Tensor;

/** A leaf that an optimizer changes: a weight or bias of a layer. */
public final class Parameter extends Variable {

    /** How the numbers lie outside this project, where PyTorch's layout is the rule. */
    public enum Layout {
        /** As inside. */
        PLAIN,
        /** Convolution weights: OHWI inside, OIHW outside. */
        CONVOLUTION
    }

    private final Layout layout;

    public Parameter(Tensor value, Layout layout) {
        super(value, true);
        this.layout = layout;
    }

    public Layout layout() {
        return layout;
    }
}
