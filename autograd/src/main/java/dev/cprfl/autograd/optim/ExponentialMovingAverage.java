package dev.cprfl.autograd.optim;

import dev.cprfl.autograd.nn.Module;
import dev.cprfl.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A slowly moving copy of a module's parameters and buffers, often better than the module itself (timm: {@code ModelEma}):
 * average = decay average + (1 - decay) value after every step. It starts as a copy. Counters are averaged too and cut to whole
 * numbers, as the authors' code does.
 */
public final class ExponentialMovingAverage {

    private final double decay;
    private final Map<String, Tensor> live = new LinkedHashMap<>();
    private final Map<String, Tensor> averages = new LinkedHashMap<>();
    private final Map<String, long[]> liveCounters;
    private final Map<String, long[]> counters = new LinkedHashMap<>();

    public ExponentialMovingAverage(Module module, double decay) {
        this.decay = decay;
        module.namedParameters().forEach((name, parameter) -> live.put(name, parameter.value()));
        live.putAll(module.namedBuffers());
        live.forEach((name, value) -> averages.put(name, value.copy()));
        liveCounters = module.namedCounters();
        liveCounters.forEach((name, counter) -> counters.put(name, counter.clone()));
    }

    /** Moves the averages towards the module's present state. */
    public void update() {
        averages.forEach((name, average) -> average.backend().ema(decay, live.get(name).storage(), average.storage()));
        // PyTorch computes the integers in float32.
        counters.forEach((name, counter) -> counter[0] = (long) ((float) decay * counter[0]
                + (float) (1 - decay) * liveCounters.get(name)[0]));
    }

    /** The averages of parameters and buffers by full name; the live tensors. */
    public Map<String, Tensor> averages() {
        return averages;
    }

    /** The averages of the counters by full name. */
    public Map<String, long[]> counters() {
        return counters;
    }

    /** Exchanges the module's state with the averages; called twice, everything is as before. */
    public void swap() {
        averages.forEach((name, average) -> {
            Tensor value = live.get(name);
            Tensor kept = value.copy();
            value.setInPlace(average);
            average.setInPlace(kept);
            kept.release();
        });
        counters.forEach((name, counter) -> {
            long kept = counter[0];
            counter[0] = liveCounters.get(name)[0];
            liveCounters.get(name)[0] = kept;
        });
    }
}
