package dev.cprfl.autograd.optim;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019; PyTorch: {@code optim.AdamW}). A parameter that no gradient
 * reaches is left alone: no decay, no step. The formula stands at {@link dev.cprfl.kernels.Backend#adamW}.
 */
public final class AdamW {

    /**
     * Parameters that are treated alike.
     *
     * @param parameters by full name
     * @param lrFactor factor on the step's learning rate
     */
    public record Group(Map<String, Parameter> parameters, double lrFactor, double weightDecay) {}

    private static final class Slot {
        final String name;
        final Parameter parameter;
        final Group group;
        final Tensor m;
        final Tensor v;
        int steps;

        Slot(String name, Parameter parameter, Group group) {
            this.name = name;
            this.parameter = parameter;
            this.group = group;
            m = Tensor.zeros(parameter.backend(), parameter.shape());
            v = Tensor.zeros(parameter.backend(), parameter.shape());
        }
    }

    private final List<Slot> slots = new ArrayList<>();
    private final IdentityHashMap<Variable, Slot> byParameter = new IdentityHashMap<>();
    private final double beta2;
    private final double eps;

    public AdamW(List<Group> groups, double beta2, double eps) {
        this.beta2 = beta2;
        this.eps = eps;
        for (Group group : groups) {
            group.parameters().forEach((name, parameter) -> slots.add(new Slot(name, parameter, group)));
        }
        slots.forEach(slot -> byParameter.put(slot.parameter, slot));
    }

    /** Changes every parameter that has a gradient. */
    public void step(Gradients gradients, double lr, double beta1) {
        for (Slot slot : slots) {
            Tensor gradient = gradients.get(slot.parameter);
            if (gradient != null) {
                step(slot, gradient, lr, beta1, null);
            }
        }
    }

    /**
     * Changes one parameter, once a step, and moves its average in the same walk over memory; {@link
     * ExponentialMovingAverage#update} then leaves it out.
     *
     * @param parameter one that is not in a group stays as it is
     */
    public void step(Variable parameter, Tensor gradient, double lr, double beta1, ExponentialMovingAverage average) {
        Slot slot = byParameter.get(parameter);
        if (slot != null) {
            step(slot, gradient, lr, beta1, average);
        }
    }

    private void step(Slot slot, Tensor gradient, double lr, double beta1, ExponentialMovingAverage average) {
        slot.steps++;
        AdamWStep step = new AdamWStep(lr * slot.group.lrFactor(), beta1, beta2, eps, slot.group.weightDecay(),
                slot.steps);
        Tensor averaged = average == null ? null : average.take(slot.parameter.value());
        gradient.backend().adamW(step, gradient.storage(), slot.parameter.value().storage(), slot.m.storage(),
                slot.v.storage(), averaged == null ? 0 : average.decay(), averaged == null ? null : averaged.storage());
    }

    /** The moving averages of gradient and squared gradient, {@code m.NAME} and {@code v.NAME}; the live tensors. */
    public Map<String, Tensor> moments() {
        Map<String, Tensor> moments = new LinkedHashMap<>();
        for (Slot slot : slots) {
            moments.put("m." + slot.name, slot.m);
            moments.put("v." + slot.name, slot.v);
        }
        return moments;
    }

    /** How many steps each parameter has had, by name. */
    public Map<String, Integer> steps() {
        Map<String, Integer> steps = new LinkedHashMap<>();
        slots.forEach(slot -> steps.put(slot.name, slot.steps));
        return steps;
    }

    /**
     * Sets what {@link #steps} told.
     *
     * @throws UserException naming a parameter that is not there; nothing is changed then
     */
    public void restoreSteps(Map<String, Integer> steps) {
        for (Slot slot : slots) {
            if (!steps.containsKey(slot.name)) {
                throw new UserException("the optimizer state has no step count of " + slot.name);
            }
        }
        slots.forEach(slot -> slot.steps = steps.get(slot.name));
    }
}
