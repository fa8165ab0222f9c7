package dev.cprfl.autograd;

import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.function.Supplier;

/** A tensor that may take part in differentiation. Operations take and return variables; {@link Tape} remembers how. */
public class Variable {

    /** At most so many values in a row are computed again to get one: what is in between needs memory at that time. */
    private static final int LONGEST_CHAIN = 3;

    private final Backend backend;
    private final Shape shape;
    private Tensor value;
    private boolean requiresGrad;

    /** Computes the value again; null where that is not possible. */
    private Supplier<Tensor> again;
    private Variable[] inputs;
    /** While the value is given back: how many have to be computed in a row to get it. */
    private int chain;

    Variable(Tensor value, boolean requiresGrad) {
        this.backend = value.backend();
        this.shape = value.shape();
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
        keep();
        return constant(value);
    }

    /** The numbers; computed again where they had been given back to save memory. */
    public Tensor value() {
        if (value == null) {
            value = again.get();
        }
        return value;
    }

    public Shape shape() {
        return shape;
    }

    public Backend backend() {
        return backend;
    }

    /** Whether a gradient reaches this variable when it is used under a tape. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** Freezes or unfreezes a leaf. */
    public void requiresGrad(boolean wanted) {
        requiresGrad = wanted;
    }

    /** Lets {@link #giveBack} work from now on: {@code again} computes the value from those of the inputs. */
    void computable(Supplier<Tensor> again, Variable... inputs) {
        this.again = again;
        this.inputs = inputs;
    }

    /** Gives the memory of a value back that can be computed again when it is needed. */
    void giveBack() {
        if (again == null || value == null) {
            return;
        }
        chain = 1;
        for (Variable input : inputs) {
            if (input != null && input.value == null) {
                chain = Math.max(chain, input.chain + 1);
            }
        }
        if (chain <= LONGEST_CHAIN) {
            value.release();
            value = null;
        }
    }

    /** The value stays until {@link #release}: another one shares its memory, or it will be read. */
    void keep() {
        var _ = value();
        again = null;
        inputs = null;
    }

    /** Ends the use of the value. */
    void release() {
        if (value != null) {
            value.release();
        }
        again = null;
        inputs = null;
    }

    @Override
    public String toString() {
        return (requiresGrad ? "Variable" : "Constant") + shape;
    }
}
