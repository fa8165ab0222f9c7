package dev.cprfl.autograd;

import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The record of a forward pass: one entry an operation, in the order in which they ran. Walking it backwards and applying
 * the chain rule at each entry gives the gradients (reverse-mode differentiation). While a tape is active its thread's
 * operations are recorded; with none, nothing is, so that training and serving share one model.
 *
 * <pre>{@code
 * try (Tape tape = Tape.start()) {
 *     Variable loss = ...;
 *     Gradients gradients = tape.backward(loss);
 * }
 * }</pre>
 *
 * <p>The backward pass gives each intermediate value back to the pool as soon as its entry is done; read what you want to see
 * before it, or {@link #retain} it.
 */
public final class Tape implements AutoCloseable {

    /** The backward half of an operation. */
    @FunctionalInterface
    public interface Backward {

        /**
         * Adds to the gradients of the operation's inputs.
         *
         * @param dy gradient of the loss with respect to the operation's output; belongs to the tape
         */
        void run(Tensor dy, Gradients gradients);
    }

    /** @param base the input whose memory the output shares, or null if it has its own */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Entry(Variable output, Variable base, Backward backward, Variable[] inputs) {}

    private static final ThreadLocal<Tape> ACTIVE = new ThreadLocal<>();

    private final List<Entry> entries = new ArrayList<>();
    private final Set<Variable> retained = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean consumed;

    private Tape() {}

    /**
     * Starts recording this thread's operations.
     *
     * @throws IllegalStateException if a tape is already active on this thread
     */
    public static Tape start() {
        if (ACTIVE.get() != null) {
            throw new IllegalStateException("a tape is already recording on this thread; close it first");
        }
        Tape tape = new Tape();
        ACTIVE.set(tape);
        return tape;
    }

    /** Whether an operation on these inputs would be recorded; where not, it need not save anything for its backward half. */
    public static boolean records(Variable... inputs) {
        if (ACTIVE.get() == null) {
            return false;
        }
        for (Variable input : inputs) {
            if (input != null && input.requiresGrad()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Wraps the result of an operation whose value has memory of its own and, if {@link #records} says so, notes its backward
     * half.
     *
     * @param inputs the operation's inputs; null ones are skipped
     */
    public static Variable record(Tensor value, Backward backward, Variable... inputs) {
        return record(value, null, backward, inputs);
    }

    /** As {@link #record}, for a value that shares the memory of its only input. */
    public static Variable recordView(Tensor value, Backward backward, Variable base) {
        base.keep();
        return record(value, base, backward, base);
    }

    /**
     * As {@link #record}, for a value that is cheaper to compute again than to keep. {@link #forget} then gives its memory back
     * until the backward pass reads it.
     *
     * @param again computes the value, to the bit as before, from those of the inputs
     */
    public static Variable recordComputable(Tensor value, Supplier<Tensor> again, Backward backward,
            Variable... inputs) {
        Variable output = record(value, backward, inputs);
        if (output.requiresGrad()) {
            output.computable(again, inputs);
        }
        return output;
    }

    private static Variable record(Tensor value, Variable base, Backward backward, Variable... inputs) {
        boolean recorded = records(inputs);
        Variable output = new Variable(value, recorded);
        if (recorded) {
            ACTIVE.get().entries.add(new Entry(output, base, backward, inputs));
        }
        return output;
    }

    /**
     * Where a NaN or infinity first appeared among the values recorded so far, such as
     * {@code "output 37 (Conv2d, [4, 14, 14, 256])"}; null if all are finite.
     */
    public String firstNonFinite() {
        for (int i = 0; i < entries.size(); i++) {
            Tensor value = entries.get(i).output().value();
            if (value.backend().firstNonFinite(value.storage()) >= 0) {
                return "output " + (i + 1) + " (" + operation(entries.get(i)) + ", " + value.shape() + ")";
            }
        }
        return null;
    }

    /** The class whose backward half an entry holds: a lambda's name begins with it. */
    private static String operation(Entry entry) {
        String name = entry.backward().getClass().getName();
        int end = name.indexOf("$$");
        return name.substring(name.lastIndexOf('.', end < 0 ? name.length() : end) + 1, end < 0 ? name.length() : end);
    }

    /**
     * Gives back the memory of values that the forward pass will not read again. So a forward pass alone needs the memory of few
     * values at a time. While a tape is recording, its backward pass reads them: then only those go that it can compute again.
     */
    public static void forget(Variable... intermediates) {
        for (Variable intermediate : intermediates) {
            if (ACTIVE.get() == null) {
                intermediate.release();
            } else {
                intermediate.giveBack();
            }
        }
    }

    /** Keeps the value and the gradient of an intermediate variable past the backward pass. */
    public void retain(Variable intermediate) {
        intermediate.keep();
        retained.add(intermediate);
    }

    /**
     * The gradients of a scalar loss with respect to every leaf and every retained variable it depends on. Consumes the
     * record.
     *
     * @throws IllegalArgumentException if the loss is not a single number or was not recorded here
     * @throws IllegalStateException if the record was consumed before
     */
    public Gradients backward(Variable loss) {
        return backward(loss, seed(loss));
    }

    /**
     * The gradients of sum(output * seed).
     *
     * @param seed gradient of the output, of its shape; given away to the tape
     * @throws IllegalArgumentException if the output was not recorded here
     * @throws IllegalStateException if the record was consumed before
     */
    public Gradients backward(Variable output, Tensor seed) {
        Gradients gradients = begin(output, seed);
        run(gradients, null);
        return gradients;
    }

    /**
     * As {@link #backward(Variable)}, but gives each leaf's gradient to {@code taker} as soon as it is complete, and frees it
     * then: all of them together would need as much memory as the leaves. The taker may change the leaf, because nothing reads
     * it any more.
     *
     * @return the gradients of the retained variables
     */
    public Gradients backward(Variable loss, BiConsumer<Variable, Tensor> taker) {
        Gradients gradients = begin(loss, seed(loss));
        run(gradients, taker);
        return gradients;
    }

    private static Tensor seed(Variable loss) {
        if (loss.shape().length() != 1) {
            throw new IllegalArgumentException("backward needs a scalar loss, shape is " + loss.shape());
        }
        return Tensor.full(loss.backend(), loss.shape(), 1);
    }

    private Gradients begin(Variable output, Tensor seed) {
        if (!output.requiresGrad()) {
            throw new IllegalArgumentException(
                    "nothing to differentiate: the output does not depend on a recorded leaf");
        }
        if (consumed) {
            throw new IllegalStateException("this tape's record is used up: the backward pass runs once");
        }
        if (!recorded(output)) {
            throw new IllegalArgumentException("the output was not recorded by this tape");
        }
        consumed = true;
        retain(output);
        Gradients gradients = new Gradients(retained);
        gradients.add(output, seed);
        return gradients;
    }

    private void run(Gradients gradients, BiConsumer<Variable, Tensor> taker) {
        Set<Variable> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.addAll(retained);
        IdentityHashMap<Variable, Integer> uses = taker == null ? null : usesOfLeaves();
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.set(i, null);
            Variable result = entry.output();
            Tensor dy = gradients.take(result);
            if (dy != null) {
                entry.backward().run(dy, gradients);
                gradients.drop(dy);
            }
            if (kept.contains(result)) {
                kept.add(entry.base()); // the memory of a view is its base's
            } else if (entry.base() == null) {
                result.release();
            }
            if (taker != null) {
                giveComplete(entry.inputs(), uses, gradients, taker);
            }
        }
        entries.clear();
    }

    /** How many entries each leaf is an input of. */
    private IdentityHashMap<Variable, Integer> usesOfLeaves() {
        IdentityHashMap<Variable, Integer> uses = new IdentityHashMap<>();
        for (Entry entry : entries) {
            for (Variable input : entry.inputs()) {
                if (input != null) {
                    uses.merge(input, 1, Integer::sum);
                }
            }
        }
        entries.forEach(entry -> uses.remove(entry.output()));
        return uses;
    }

    private static void giveComplete(Variable[] inputs, IdentityHashMap<Variable, Integer> uses, Gradients gradients,
            BiConsumer<Variable, Tensor> taker) {
        for (Variable input : inputs) {
            Integer left = input == null ? null : uses.computeIfPresent(input, (_, count) -> count - 1);
            Tensor gradient = left != null && left == 0 ? gradients.remove(input) : null;
            if (gradient != null) {
                taker.accept(input, gradient);
                gradients.drop(gradient);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a variable is its place in the record
    private boolean recorded(Variable output) {
        return entries.stream().anyMatch(entry -> entry.output() == output);
    }

    /** Stops recording. */
    @Override
    public void close() {
        if (ACTIVE.get() != this) {
            throw new IllegalStateException("close a tape on the thread that started it, once");
        }
        ACTIVE.remove();
        entries.clear();
    }
}
