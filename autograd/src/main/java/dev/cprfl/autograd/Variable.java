package dev.cprfl.autograd;

import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** A tensor that may take part in differentiation. Operations take and return variables; {@link Tape} remembers how. */
public class Variable {

    private final Tensor value;
    private boolean requiresGrad;

    Variable(Tensor value, boolean requiresGrad) {
        this.value = value;
        this.requiresGrad = requiresGrad;
    }

    /** A variable without history and without gradient: data. */
    public static Variable constant(Tensor value) {
        return new Variable(value, false);
    }

    /** A leaf that gradients are wanted for. */
    public static Variable leaf(Tensor value) {
        return new Variable(value, true);
    }

    /** The same value cut off from its history: no gradient flows through it. */
    public Variable detach() {
        return constant(value);
    }

    public Tensor value() {
        return value;
    }

    public Shape shape() {
        return value.shape();
    }

    public Backend backend() {
        return value.backend();
    }

    /** Whether a gradient reaches this variable when it is used under a tape. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** Freezes or unfreezes a leaf. */
    public void requiresGrad(boolean wanted) {
        requiresGrad = wanted;
    }

    @Override
    public String toString() {
        return (requiresGrad ? "Variable" : "Constant") + value.shape();
    }
}
