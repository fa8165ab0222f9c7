package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A part of a network with its parameters, buffers (state that is saved but not trained, such as running statistics) and
 * children, each under a name. Full names join with dots and equal PyTorch's {@code state_dict} keys.
 */
public abstract class Module {

    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Map<String, long[]> counters = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();
    private boolean training = true;

    /** Registers a trained tensor. */
    protected final Parameter parameter(String name, Tensor value, Parameter.Layout layout) {
        Parameter parameter = new Parameter(value, layout);
        parameters.put(name, parameter);
        return parameter;
    }

    protected final Parameter parameter(String name, Tensor value) {
        return parameter(name, value, Parameter.Layout.PLAIN);
    }

    /** Registers a tensor that is saved with the weights but not trained. */
    protected final Tensor buffer(String name, Tensor value) {
        buffers.put(name, value);
        return value;
    }

    /** Registers a buffer that nothing changes but the loading of weights: it needs no average of its own. */
    protected final Tensor constant(String name, Tensor value) {
        constants.put(name, value);
        return buffer(name, value);
    }

    /** Registers an integer that is saved with the weights; it lives in element 0. */
    protected final long[] counter(String name) {
        long[] counter = new long[1];
        counters.put(name, counter);
        return counter;
    }

    protected final <M extends Module> M child(String name, M module) {
        children.put(name, module);
        return module;
    }

    /** Whether layers behave as in training (dropout on, batch statistics) or as in evaluation. */
    public final boolean training() {
        return training;
    }

    /** Switches this module and all below it to training or evaluation. */
    public final void train(boolean on) {
        training = on;
        if (on) {
            forgetPrepared();
        }
        children.values().forEach(child -> child.train(on));
    }

    /** Drops what was computed from the weights ahead of inference, because training will change them. */
    protected void forgetPrepared() {}

    /** Every parameter below this module by full name, in the order of registration. */
    public final Map<String, Parameter> namedParameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        visit("", (prefix, module) -> module.parameters.forEach((name, value) -> all.put(prefix + name, value)));
        return all;
    }

    /** Every buffer below this module by full name. */
    public final Map<String, Tensor> namedBuffers() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        visit("", (prefix, module) -> module.buffers.forEach((name, value) -> all.put(prefix + name, value)));
        return all;
    }

    /** Those of the buffers below this module that are constant, by full name. */
    public final Map<String, Tensor> namedConstants() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        visit("", (prefix, module) -> module.constants.forEach((name, value) -> all.put(prefix + name, value)));
        return all;
    }

    /** Every counter below this module by full name. */
    public final Map<String, long[]> namedCounters() {
        Map<String, long[]> all = new LinkedHashMap<>();
        visit("", (prefix, module) -> module.counters.forEach((name, value) -> all.put(prefix + name, value)));
        return all;
    }

    /**
     * Seeds what draws random numbers in this module and below, such as dropout, from a key such as (seed, step) and from each
     * module's place in the order of registration. What a step draws then depends on nothing that came before it, and a
     * resumed run goes on as if it had not been interrupted.
     */
    public final void seed(long... key) {
        seedInOrder(Arrays.copyOf(key, key.length + 1));
    }

    private void seedInOrder(long[] place) {
        seeded(Rng.seed(place));
        place[place.length - 1]++;
        children.values().forEach(child -> child.seedInOrder(place));
    }

    /** Takes this module's seed; for modules that draw random numbers. */
    protected void seeded(long seed) {}

    private void visit(String prefix, BiConsumer<String, Module> visitor) {
        visitor.accept(prefix, this);
        children.forEach((name, child) -> child.visit(prefix + name + ".", visitor));
    }
}
