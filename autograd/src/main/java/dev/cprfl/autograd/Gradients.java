package dev.cprfl.autograd;

import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The gradients of one backward pass, by variable. A variable that is used several times gets the sum.
 *
 * <p>Gradients may share memory: an operation can pass its dy on to its inputs as it is, so a sum of two branches costs no
 * copy. A count of the holders of each storage tells when a tensor may be changed in place and when its memory is free.
 */
public final class Gradients {

    private final IdentityHashMap<Variable, Tensor> gradients = new IdentityHashMap<>();
    private final IdentityHashMap<Storage, Integer> holders = new IdentityHashMap<>();
    private final Set<Variable> retained;

    Gradients(Set<Variable> retained) {
        this.retained = retained;
    }

    /** Whether a backward half has to compute the gradient of this input; null inputs need none. */
    public boolean needs(Variable input) {
        return input != null && input.requiresGrad();
    }

    /**
     * Adds to the gradient of an input that {@link #needs} one. The tensor is given away, unless it is dy or a reshaped dy,
     * which may be passed on to several inputs; a window ({@link Tensor#rows}) must be copied first.
     *
     * @param gradient of the input's shape
     */
    public void add(Variable input, Tensor gradient) {
        if (!gradient.shape().equals(input.shape())) {
            throw new IllegalArgumentException(
                    "gradient of shape " + gradient.shape() + " for a variable of shape " + input.shape());
        }
        Tensor sum = gradients.get(input);
        if (sum == null) {
            hold(gradient);
            gradients.put(input, gradient);
            return;
        }
        if (holders.get(sum.storage()) > 1) {
            Tensor own = sum.copy();
            drop(sum);
            hold(own);
            gradients.put(input, own);
            sum = own;
        }
        sum.backend().accumulate(1, gradient.storage(), sum.storage());
        if (!holders.containsKey(gradient.storage())) {
            gradient.release();
        }
    }

    /** As {@link #add} where the input needs a gradient; else the tensor, unless it is dy, is released. */
    public void addNeeded(Variable input, Tensor gradient) {
        if (needs(input)) {
            add(input, gradient);
        } else if (!holders.containsKey(gradient.storage())) {
            gradient.release();
        }
    }

    /**
     * Adds to rows {@code from} on of an input's gradient; the other rows get zero. Takes a copy.
     *
     * @param gradient [rows, ...] with the input's inner extents
     */
    public void addRows(Variable input, int from, Tensor gradient) {
        Tensor sum = gradients.get(input);
        if (sum == null || holders.get(sum.storage()) > 1) {
            Tensor zeros = Tensor.zeros(input.backend(), input.shape());
            add(input, zeros);
            sum = gradients.get(input);
        }
        Shape rows = gradient.shape();
        Tensor window = sum.rows(from, from + rows.extent(0));
        sum.backend().accumulate(1, gradient.storage(), window.storage());
    }

    /**
     * A tensor of the shape of dy for an operation to write an input's gradient into: dy itself where nobody else reads it,
     * else a new one.
     */
    public Tensor reuse(Tensor dy) {
        return holders.getOrDefault(dy.storage(), 0) == 1 ? dy : Tensor.allocate(dy.backend(), dy.shape());
    }

    /** The gradient of a leaf or retained variable, or null where none reached it. */
    public Tensor get(Variable variable) {
        return gradients.get(variable);
    }

    /** Gives all gradients back to the pool. */
    public void release() {
        gradients.values().forEach(this::drop);
        gradients.clear();
    }

    /** Takes the gradient of an operation's output out of the table; the taker still holds it until it drops it. */
    Tensor take(Variable output) {
        return retained.contains(output) ? held(gradients.get(output)) : gradients.remove(output);
    }

    /** Takes the gradient of a variable out of the table, to be dropped by the taker; null where none reached it. */
    Tensor remove(Variable variable) {
        return gradients.remove(variable);
    }

    private Tensor held(Tensor gradient) {
        if (gradient != null) {
            hold(gradient);
        }
        return gradient;
    }

    private void hold(Tensor gradient) {
        holders.merge(gradient.storage(), 1, Integer::sum);
    }

    /** Ends one holding; the last one frees the memory. */
    void drop(Tensor gradient) {
        int left = holders.merge(gradient.storage(), -1, Integer::sum);
        if (left == 0) {
            holders.remove(gradient.storage());
            gradient.release();
        }
    }
}
