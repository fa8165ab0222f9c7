package dev.cprfl.autograd.optim;

import dev.cprfl.autograd.nn.Module;
import dev.cprfl.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A slowly moving copy of a module's parameters and buffers, often better than the module itself (timm: {@code ModelEma}):
 * average = decay average + (1 - decay) value after every step. It starts as a copy. Counters are averaged too and cut to whole
 * numbers, as the authors' code does.
 */
public final class ExponentialMovingAverage {

    private static final class Slot {
        final Tensor live;
        final Tensor average;
        final boolean constant;
        boolean moved;

        /** @param constant whether the tensor is its own average */
        Slot(Tensor live, boolean constant) {
            this.live = live;
            this.constant = constant;
            average = constant ? live : live.copy();
        }
    }

    private final double decay;
    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final IdentityHashMap<Tensor, Slot> byValue = new IdentityHashMap<>();
    private final Map<String, long[]> liveCounters;
    private final Map<String, long[]> counters = new LinkedHashMap<>();

    public ExponentialMovingAverage(Module module, double decay) {
        this.decay = decay;
        Set<String> constants = module.namedConstants().keySet();
        module.namedParameters().forEach((name, parameter) -> add(name, parameter.value(), false));
        module.namedBuffers().forEach((name, buffer) -> add(name, buffer, constants.contains(name)));
        liveCounters = module.namedCounters();
        liveCounters.forEach((name, counter) -> counters.put(name, counter.clone()));
    }

    private void add(String name, Tensor live, boolean constant) {
        Slot slot = new Slot(live, constant);
        slots.put(name, slot);
        byValue.put(live, slot);
    }

    double decay() {
        return decay;
    }

    /** The average of a tensor, for the caller to move in this step in the place of {@link #update}; null if it has none. */
    Tensor take(Tensor live) {
        Slot slot = byValue.get(live);
        if (slot == null) {
            return null;
        }
        slot.moved = true;
        return slot.average;
    }

    /** Moves the averages towards the module's present state, but for those that {@link AdamW#step} has moved. */
    public void update() {
        for (Slot slot : slots.values()) {
            if (!slot.moved && !slot.constant) {
                slot.average.backend().ema(decay, slot.live.storage(), slot.average.storage());
            }
            slot.moved = false;
        }
        // PyTorch computes the integers in float32.
        counters.forEach((name, counter) -> counter[0] = (long) ((float) decay * counter[0]
                + (float) (1 - decay) * liveCounters.get(name)[0]));
    }

    /** The averages of parameters and buffers by full name; the live tensors. A constant is its own average. */
    public Map<String, Tensor> averages() {
        Map<String, Tensor> averages = new LinkedHashMap<>();
        slots.forEach((name, slot) -> averages.put(name, slot.average));
        return averages;
    }

    /** The averages of the counters by full name. */
    public Map<String, long[]> counters() {
        return counters;
    }

    /** Exchanges the module's state with the averages; called twice, everything is as before. */
    public void swap() {
        for (Slot slot : slots.values()) {
            if (!slot.constant) {
                Tensor kept = slot.live.copy();
                slot.live.setInPlace(slot.average);
                slot.average.setInPlace(kept);
                kept.release();
            }
        }
        counters.forEach((name, counter) -> {
            long kept = counter[0];
            counter[0] = liveCounters.get(name)[0];
            liveCounters.get(name)[0] = kept;
        });
    }
}
