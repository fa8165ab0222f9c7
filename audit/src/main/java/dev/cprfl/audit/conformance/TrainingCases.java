package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.AdamWStep;
import java.util.ArrayList;
import java.util.List;

/** Updates of parameters and averages. */
final class TrainingCases {

    private static final AdamWStep[] STEPS = {new AdamWStep(1e-3, 0.9, 0.999, 1e-8, 0, 1),
        new AdamWStep(1e-5, 0.95, 0.999, 1e-8, 1e-4, 2), new AdamWStep(0.1, 0.85, 0.99, 1e-4, 0.05, 1000),
        new AdamWStep(0, 0.9, 0.999, 1e-8, 0.1, 7)};

    private TrainingCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            cases.add(adamW(STEPS[1], length, false));
            cases.add(adamW(STEPS[1], length, true));
            cases.add(ema(0.998, length));
        }
        for (AdamWStep step : STEPS) {
            cases.add(adamW(step, 61, false));
            cases.add(adamW(step, 61, true));
        }
        cases.add(ema(0, 37));
        cases.add(ema(1, 37));
        return cases;
    }

    /** Gradients and second moments of very different sizes, zero among them. */
    private static OperationCase adamW(AdamWStep step, int length, boolean averaged) {
        OperationCase c = OperationCase.of("adamW", step, length, averaged ? "averaged" : "");
        double[] gradient = c.normal("gradient", length);
        double[] v = c.uniform("v", length, 0, 1);
        for (int i = 0; i < length; i++) {
            double size = Math.pow(10, -(i % 10));
            gradient[i] *= i % 10 == 9 ? 0 : size;
            v[i] *= i % 10 == 9 ? 0 : size * size;
        }
        c.in("gradient", gradient)
                .changed("parameter", c.normal("parameter", length))
                .changed("m", c.normal("m", length))
                .changed("v", v);
        if (averaged) {
            c.changed("average", c.normal("average", length));
        }
        return c.call((backend, s) -> backend.adamW(step, s[0], s[1], s[2], s[3], 0.998, averaged ? s[4] : null));
    }

    private static OperationCase ema(double decay, int length) {
        OperationCase c = OperationCase.of("ema", decay, length);
        return c.in("x", length)
                .changed("average", c.normal("average", length))
                .call((backend, s) -> backend.ema(decay, s[0], s[1]));
    }
}
