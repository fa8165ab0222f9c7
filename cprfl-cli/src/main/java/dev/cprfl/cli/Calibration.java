package dev.cprfl.cli;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.model.Classifier;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import java.util.Arrays;

/** Makes a network of random weights fit to be timed. */
public final class Calibration {

    private Calibration() {}

    /**
     * Sets the running statistics to those of a few small images. With fresh ones the activations of a deep network grow from
     * block to block, and time is only meaningful for numbers as they occur in real use: no denormals, no infinities.
     */
    public static void of(Classifier network, Initializer initializer) {
        network.train(true);
        try (Scope _ = Scope.open()) {
            network.logits(Variable.constant(initializer.normal(Shape.of(4, 64, 64, 3), 1)));
        }
        // One step from the start values 0 and 1 with the layers' momentum of 0.1: running = 0.9 start + 0.1 batch.
        network.namedBuffers().forEach((name, buffer) -> {
            double start = name.endsWith("running_var") ? 1 : 0;
            if (name.contains("running_")) {
                double[] running = buffer.toDoubles();
                Arrays.setAll(running, i -> 10 * running[i] - 9 * start);
                buffer.backend().memory().write(running, 0, buffer.storage());
            }
        });
        initializer.backend().memory().trim();
    }
}
