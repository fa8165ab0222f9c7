package dev.cprfl.audit.golden;

import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.kernels.Storage;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Steps of AdamW and of the moving average straight on a backend. */
public final class BackendTraining {

    private BackendTraining() {}

    /** Fills the workbench with the results of a case of the part {@code optim}. */
    public static void compute(Workbench w) {
        switch (w.golden.op()) {
            case "adamw" -> adamW(w);
            case "ema" -> ema(w);
            default -> throw new IllegalArgumentException("no check for " + w.golden.op());
        }
    }

    private static void adamW(Workbench w) {
        for (int i = 0; w.golden.has("p" + i); i++) {
            adamW(w, i);
        }
    }

    private static void adamW(Workbench w, int i) {
        double[] lr = w.golden.tensor("lr");
        double[] beta1 = w.golden.tensor("beta1");
        double[] gradients = w.golden.tensor("g" + i);
        Storage parameter = w.in("p" + i);
        int length = parameter.length();
        Storage m = w.filled(0, length);
        Storage v = w.filled(0, length);
        int taken = 0;
        for (int step = 0; step < lr.length; step++) {
            if (!withoutGradient(w, step, i)) {
                taken++;
                AdamWStep settings = new AdamWStep(lr[step], beta1[step], w.golden.attribute("betas").get(1).asDouble(),
                        w.golden.attribute("eps").asDouble(), w.golden.attribute("weight_decay").get(i).asDouble(),
                        taken);
                Storage gradient = w.of(Arrays.copyOfRange(gradients, step * length, (step + 1) * length));
                w.backend.adamW(settings, gradient, parameter, m, v, 0, null);
            }
            if (step == 0) {
                w.result("first" + i, parameter);
            }
        }
        w.result("last" + i, parameter);
        w.result("m" + i, m);
        w.result("v" + i, v);
    }

    private static boolean withoutGradient(Workbench w, int step, int parameter) {
        for (JsonNode pair : w.golden.attribute("grad_none_at")) {
            if (pair.get(0).asInt() == step && pair.get(1).asInt() == parameter) {
                return true;
            }
        }
        return false;
    }

    private static void ema(Workbench w) {
        for (String name : List.of("w", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")) {
            double[] states = w.golden.tensor("state/" + name);
            int length = w.golden.length("ema/" + name);
            Storage average = w.of(Arrays.copyOf(states, length));
            for (int k = 1; k < w.golden.shape("state/" + name)[0]; k++) {
                Storage state = w.of(Arrays.copyOfRange(states, k * length, (k + 1) * length));
                w.backend.ema(w.golden.attribute("decay").asDouble(), state, average);
            }
            w.result("ema/" + name, average);
        }
        emaOfCounter(w);
    }

    /** An integer in the state is averaged in floating point and cut off when it is stored. */
    private static void emaOfCounter(Workbench w) {
        double[] counts = w.golden.tensor("state/bn.num_batches_tracked");
        double count = counts[0];
        for (int k = 1; k < counts.length; k++) {
            Storage average = w.of(new double[]{count});
            w.backend.ema(w.golden.attribute("decay").asDouble(), w.of(new double[]{counts[k]}), average);
            count = Math.floor(w.read(average)[0]);
        }
        double wanted = w.golden.tensor("ema/bn.num_batches_tracked")[0];
        if (count != wanted) {
            throw new AssertionError(w.golden + ": num_batches_tracked is " + count + ", should be " + wanted);
        }
    }
}
