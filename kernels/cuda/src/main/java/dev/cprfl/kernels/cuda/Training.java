package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.AdamWStep;

/** Calls of the kernels in {@code training.cu}: updates of parameters and their averages. All operands are floats. */
final class Training {

    private static final String SOURCE = "training";

    private final Kernels kernels;

    Training(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * One AdamW step of n parameters.
     *
     * @param average moved towards the new parameters as by {@link #ema}; 0 where there is none
     */
    void adamW(AdamWStep step, int n, long gradient, long parameter, long m, long v, double decay, long average) {
        kernels.launch(SOURCE, Type.FLOAT, "adamW").number(n).number((float) (1 - step.lr() * step.weightDecay()))
                .number((float) (step.lr() / step.biasCorrection1()))
                .number((float) (1 / Math.sqrt(step.biasCorrection2()))).number((float) step.eps())
                .number((float) step.beta1()).number((float) (1 - step.beta1())).number((float) step.beta2())
                .number((float) (1 - step.beta2())).number((float) decay).number((float) (1 - decay)).pointer(gradient)
                .pointer(parameter).pointer(m).pointer(v).pointer(average).run(Grid.ofSingles(n), Grid.THREADS);
    }

    /** average = decay average + (1 - decay) x. */
    void ema(double decay, int n, long x, long average) {
        kernels.launch(SOURCE, Type.FLOAT, "ema").number(n).number((float) decay).number((float) (1 - decay)).pointer(x)
                .pointer(average).run(Grid.ofSingles(n), Grid.THREADS);
    }
}
