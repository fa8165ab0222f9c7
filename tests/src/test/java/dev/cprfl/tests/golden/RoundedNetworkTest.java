package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tests.RoundedBackend;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * What rounding the factors of products does to a whole network: loss, logits and all gradients of the small one, against the
 * authors' model in double. Errors are lengths relative to the truth's, in multiples of {@link Backend#productEpsilon}; rounding
 * nothing but the factors was measured to cost 0.2 to 1.5 of it in the loss, 1.4 to 2.4 in the logits, 2.8 to 4.7 in the
 * gradients, and 24 to 59 in those of training, where batches of three small images are normalised: as much as float's rounding
 * costs there in multiples of float's epsilon. The bounds leave room for activations that are rounded as well.
 */
class RoundedNetworkTest {

    private static final Golden GOLDEN = TinyModel.GOLDEN;

    private static final double LOSS = 4;
    private static final double LOGITS = 8;
    private static final double GRADIENTS = 16;
    private static final double TRAINING_GRADIENTS = 100;

    /** Those of this machine that round, and two that act as if they did. */
    static Stream<BackendProvider> backends() {
        List<String> exact = Backends.exactHere();
        return Stream.concat(
                Stream.of(RoundedBackend.provider("factors in TF32", 10, 0x1p-10),
                        RoundedBackend.provider("factors in bfloat16", 7, 0x1p-7)),
                Backends.variants().stream()
                        .filter(provider -> provider.obstacle() == null && !exact.contains(provider.name())));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aTrainingStepStaysNearTheTruth(BackendProvider provider) {
        JsonNode golden = GOLDEN.named("tiny_train_dual");
        try (Backend backend = provider.open(2)) {
            TracedStep step = compare(golden, backend, true, TRAINING_GRADIENTS);
            Distance logits = new Distance();
            logits.add(step.output().logits().value().toDoubles(), GOLDEN.truth(golden, "logits"));
            logits.requireBelow(LOGITS * backend.productEpsilon(), "logits");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradientsInEvaluationStayNearTheTruth(BackendProvider provider) {
        try (Backend backend = provider.open(2)) {
            compare(GOLDEN.named("tiny_eval_grad"), backend, false, GRADIENTS);
        }
    }

    private static TracedStep compare(JsonNode golden, Backend backend, boolean training, double bound) {
        JsonNode inputs = GOLDEN.named(golden.get("attributes").get("inputs").asString());
        Cprfl model = TinyModel.build(backend, inputs, CutPath.NONE);
        model.train(training);
        TracedStep step = TracedStep.run(model, TinyModel.images(backend, inputs), TinyModel.targets(backend, inputs),
                TinyModel.loss(inputs));
        Distance loss = new Distance();
        loss.add(step.loss().value().toDoubles(), GOLDEN.truth(golden, "loss"));
        loss.requireBelow(LOSS * backend.productEpsilon(), "loss");
        Distance gradients = new Distance();
        Map<String, double[]> found = TinyModel.gradients(model, step.gradients());
        golden.get("tolerances").propertyNames().stream().filter(role -> role.startsWith("grad/")).forEach(
                role -> gradients.add(found.get(role.substring("grad/".length())), GOLDEN.truth(golden, role)));
        gradients.requireBelow(bound * backend.productEpsilon(), "gradients");
        return step;
    }

    /** The length of a difference, relative to that of the truth. */
    private static final class Distance {

        private double difference;
        private double truth;

        void add(double[] got, double[] wanted) {
            assertThat(got).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.length; i++) {
                difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
                truth += wanted[i] * wanted[i];
            }
        }

        void requireBelow(double bound, String what) {
            assertThat(truth).as(what).isPositive();
            assertThat(Math.sqrt(difference / truth)).as(what).isLessThan(bound); // NaN is not
        }
    }
}
