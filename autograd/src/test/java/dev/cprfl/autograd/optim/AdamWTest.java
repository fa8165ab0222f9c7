package dev.cprfl.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the stored PyTorch results do not cover. */
class AdamWTest {

    private final Backend backend = new ReferenceBackend();

    private Parameter parameter() {
        return new Parameter(Tensor.of(backend, Shape.of(3), 0.1, -2, 3), Parameter.Layout.PLAIN);
    }

    private static AdamW optimizer(Parameter p, double lrFactor) {
        return new AdamW(List.of(new AdamW.Group(Map.of("p", p), lrFactor, 0.01)), 0.999, 1e-8);
    }

    /** Steps on the sum of squares. */
    private static void steps(AdamW optimizer, Parameter p, int steps) {
        for (int i = 0; i < steps; i++) {
            try (Tape tape = Tape.start()) {
                Gradients gradients = tape.backward(SumAll.apply(Multiply.apply(p, p)));
                optimizer.step(gradients, 0.01, 0.9);
            }
        }
    }

    @Test
    void resumesWithTheSameBits() {
        Parameter once = parameter();
        steps(optimizer(once, 1), once, 6);

        Parameter resumed = parameter();
        AdamW before = optimizer(resumed, 1);
        steps(before, resumed, 3);
        AdamW after = optimizer(resumed, 1);
        after.moments().forEach((name, moment) -> moment.setInPlace(before.moments().get(name)));
        after.restoreSteps(before.steps());
        steps(after, resumed, 3);

        assertThat(resumed.value().toDoubles()).isEqualTo(once.value().toDoubles());
    }

    @Test
    void theGroupScalesTheLearningRate() {
        Parameter p = parameter();
        steps(optimizer(p, 0.1), p, 1);
        // The first step is the learning rate in size, after the decay by 0.001 * 0.01.
        assertThat(p.value().toDoubles()).containsExactly(
                new double[]{0.1 * (1 - 1e-5) - 1e-3, -2 * (1 - 1e-5) + 1e-3, 3 * (1 - 1e-5) - 1e-3}, within(1e-9));
    }

    @Test
    void movesTheAverageAsItsOwnUpdateDoes() {
        for (boolean together : new boolean[]{false, true}) {
            Linear model = new Linear(new Initializer(backend, Rng.of(1)), 2, 3);
            AdamW optimizer = new AdamW(List.of(new AdamW.Group(model.namedParameters(), 1, 0.01)), 0.999, 1e-8);
            ExponentialMovingAverage average = new ExponentialMovingAverage(model, 0.9);
            Map<String, double[]> expected = new HashMap<>();
            average.averages().forEach((name, tensor) -> expected.put(name, tensor.toDoubles()));
            for (int i = 0; i < 3; i++) {
                try (Tape tape = Tape.start()) {
                    // The bias gets no gradient: its average is left to update().
                    Variable w = model.weight();
                    Variable loss = SumAll.apply(Multiply.apply(w, w));
                    tape.backward(loss, (p, gradient) -> optimizer.step(p, gradient, 0.01, 0.9,
                            together ? average : null));
                }
                average.update();
                model.namedParameters().forEach((name, parameter) -> {
                    double[] value = parameter.value().toDoubles();
                    double[] mean = expected.get(name);
                    Arrays.setAll(mean, j -> 0.9 * mean[j] + (1 - 0.9) * value[j]);
                });
            }
            average.averages().forEach(
                    (name, tensor) -> assertThat(tensor.toDoubles()).as(name).isEqualTo(expected.get(name)));
        }
    }

    @Test
    void namesAStepCountThatIsNotThere() {
        Parameter p = parameter();
        assertThatThrownBy(() -> optimizer(p, 1).restoreSteps(Map.of("q", 3))).isInstanceOf(UserException.class)
                .hasMessage("the optimizer state has no step count of p");
    }
}
