package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.AdamWStep;

/** Updates of parameters and their averages. */
final class ReferenceTraining {

    private ReferenceTraining() {}

    static void adamW(AdamWStep step, ReferenceStorage gradient, ReferenceStorage parameter, ReferenceStorage m,
            ReferenceStorage v) {
        for (int i = 0; i < parameter.length(); i++) {
            double g = gradient.get(i);
            m.set(i, step.beta1() * m.get(i) + (1 - step.beta1()) * g);
            v.set(i, step.beta2() * v.get(i) + (1 - step.beta2()) * g * g);
            double decayed = parameter.get(i) * (1 - step.lr() * step.weightDecay());
            double direction = m.get(i) / (Math.sqrt(v.get(i) / step.biasCorrection2()) + step.eps());
            parameter.set(i, decayed - step.lr() / step.biasCorrection1() * direction);
        }
    }

    static void ema(double decay, ReferenceStorage x, ReferenceStorage average) {
        for (int i = 0; i < average.length(); i++) {
            average.set(i, decay * average.get(i) + (1 - decay) * x.get(i));
        }
    }
}
