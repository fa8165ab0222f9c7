package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Sum;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Proves that the gradients of each of the two paths alone (E10) are the slopes that finite differences in double show, within
 * a millionth. Those of both together are part of the audit.
 */
class CprflGradientTest {

    /** The focusing weight is differentiated, so that finite differences see the same gradient. */
    private static final Loss LOSS = new AsymmetricLoss(1, 4, 0.05, 1e-8, false, Reduction.MEAN);

    private static final double TOLERANCE = 1e-6;

    /** Larger steps nearly always cross a ReLU; from 1e-5 on they would be so small that rounding drowns some slopes. */
    private static final double LARGEST_STEP = 1e-4;

    private static Variable images(SmallModel small) {
        return Variable.constant(new Initializer(small.backend, Rng.of(9)).normal(Shape.of(2, 33, 33, 3), 1));
    }

    private static void assertSlopes(Cprfl model, Supplier<Variable> loss) {
        GradCheck.Result worst = GradCheck.directions(loss, model.namedParameters(), 1, LARGEST_STEP);
        assertThat(worst.error()).as(worst.toString()).isLessThan(TOLERANCE);
    }

    /** The score with P as it was: only P' moves. */
    @Test
    void theIndirectPathAlone() {
        try (SmallModel small = new SmallModel(1)) {
            Variable images = images(small);
            Variable still = Variable.constant(prompts(small, images));
            Supplier<Variable> loss = () -> score(small, small.model.forward(images).refined(), still);
            assertSlopes(small.model, loss);
            assertCutModelHas(gradients(small, loss), CutPath.DIRECT);
        }
    }

    /** The score with P' as it was: only P moves. */
    @Test
    void theDirectPathAlone() {
        try (SmallModel small = new SmallModel(1)) {
            Variable images = images(small);
            Variable still = Variable.constant(refined(small, images));
            Supplier<Variable> loss = () -> score(small, still, small.model.forward(images).prompts());
            assertSlopes(small.model, loss);
            assertCutModelHas(gradients(small, loss), CutPath.FEATURES);
        }
    }

    private static Tensor prompts(SmallModel small, Variable images) {
        return copy(small, small.model.forward(images).prompts());
    }

    private static Tensor refined(SmallModel small, Variable images) {
        return copy(small, small.model.forward(images).refined());
    }

    private static Tensor copy(SmallModel small, Variable value) {
        return Tensor.of(small.backend, value.shape(), value.value().toDoubles());
    }

    private static Variable score(SmallModel small, Variable refined, Variable prompts) {
        return LOSS.apply(Sum.apply(Multiply.apply(refined, prompts), -1, false), small.targets);
    }

    /** Compares with the gradients of a network of the same weights whose configuration cuts a path. */
    private static void assertCutModelHas(Map<String, double[]> expected, CutPath path) {
        try (SmallModel cut = new SmallModel(1, 0, path)) {
            Variable images = images(cut);
            Map<String, double[]> found = gradients(cut,
                    () -> LOSS.apply(cut.model.logits(images), cut.targets));
            assertThat(found.keySet()).isEqualTo(expected.keySet());
            found.forEach((name, gradient) -> assertThat(gradient).as(name)
                    .containsExactly(expected.get(name), within(1e-14)));
        }
    }

    /** By parameter; without those that the loss does not depend on. */
    private static Map<String, double[]> gradients(SmallModel small, Supplier<Variable> loss) {
        Map<String, double[]> found = new LinkedHashMap<>();
        try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
            Gradients gradients = tape.backward(loss.get());
            for (Map.Entry<String, Parameter> entry : small.model.namedParameters().entrySet()) {
                Tensor gradient = gradients.get(entry.getValue());
                if (gradient != null) {
                    found.put(entry.getKey(), gradient.toDoubles());
                }
            }
        }
        return found;
    }
}
