package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.cprfl.model.training.RunConfig;
import java.util.ArrayList;
import java.util.List;

/** The asymmetric loss, AdamW and the moving average of the weights in PyTorch, with DJL's one native call for AdamW. */
final class TorchTraining {

    private record Slot(NDArray parameter, NDArray m, NDArray v, NDArray average) {}

    private final List<Slot> slots = new ArrayList<>();
    private final RunConfig config;

    TorchTraining(List<NDArray> parameters, RunConfig config) {
        this.config = config;
        for (NDArray parameter : parameters) {
            slots.add(new Slot(parameter, parameter.zerosLike(), parameter.zerosLike(), parameter.duplicate()));
            slots.getLast().average.setRequiresGradient(false);
        }
    }

    /** E9 with the focusing weight detached, as the authors' code has it. */
    NDArray loss(NDArray logits, NDArray targets) {
        RunConfig.Loss settings = config.loss();
        NDArray s = logits.getNDArrayInternal().sigmoid();
        NDArray negative = s.neg().add(1 + settings.clip()).minimum(1);
        NDArray absent = targets.neg().add(1);
        NDArray logarithms = targets.mul(s.maximum(settings.eps()).log())
                .add(absent.mul(negative.maximum(settings.eps()).log()));
        NDArray certainty = s.stopGradient().mul(targets).add(negative.stopGradient().mul(absent));
        NDArray exponent = targets.mul(settings.gammaPos()).add(absent.mul(settings.gammaNeg()));
        return logarithms.mul(certainty.neg().add(1).pow(exponent)).mean().neg();
    }

    /** Changes every parameter by its gradient. */
    void step(int number) {
        RunConfig.Training settings = config.training();
        double beta1 = settings.maxMomentum();
        // DJL adds eps before it corrects v's start at zero, PyTorch after it.
        double root = Math.sqrt(1 - Math.pow(settings.beta2(), number));
        double correction = root / (1 - Math.pow(beta1, number));
        float decay = (float) settings.emaDecay();
        for (Slot slot : slots) {
            NDArray p = slot.parameter;
            double weightDecay = p.getShape().dimension() > 1 ? settings.weightDecay() : 0;
            try (NDArray gradient = p.getGradient(); NDArray values = p.stopGradient()) {
                p.getNDArrayInternal().adamUpdate(new NDList(p, gradient, slot.m, slot.v), new NDList(p),
                        (float) settings.lr(), (float) (settings.lr() * correction), (float) weightDecay, 1, -1,
                        (float) beta1, (float) settings.beta2(), (float) (settings.eps() * root), true, true);
                try (NDArray share = values.mul(1 - decay)) {
                    slot.average.muli(decay).addi(share);
                }
            }
        }
    }
}
