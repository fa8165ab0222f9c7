package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tests.RoundedBackend;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * What rounding the factors of products does to a whole network: the loss, the logits and all gradients of the small one, against
 * the authors' model in double. The bounds are multiples of {@link Backend#productEpsilon}, of several times what factors rounded
 * to TF32 and to bfloat16 were measured to cost; a wrong kernel costs far more.
 */
class RoundedNetworkTest {

    private static final Golden GOLDEN = TinyModel.GOLDEN;

    private static final double LOSS = 4;
    private static final double LOGITS = 4;
    private static final double GRADIENTS = 20;

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
    void staysNearTheTruth(BackendProvider provider) {
        JsonNode golden = GOLDEN.named("tiny_train_dual");
        JsonNode inputs = GOLDEN.named(golden.get("attributes").get("inputs").asString());
        try (Backend backend = provider.open(2)) {
            double epsilon = backend.productEpsilon();
            Cprfl model = TinyModel.build(backend, inputs, false, false);
            model.train(true);
            TracedStep step = TracedStep.run(model, TinyModel.images(backend, inputs),
                    TinyModel.targets(backend, inputs), TinyModel.loss(inputs));
            Distance loss = new Distance();
            loss.add(step.loss().value().toDoubles(), GOLDEN.truth(golden, "loss"));
            Distance logits = new Distance();
            logits.add(step.output().logits().value().toDoubles(), GOLDEN.truth(golden, "logits"));
            Distance gradients = new Distance();
            Map<String, double[]> found = TinyModel.gradients(model, step.gradients());
            GOLDEN.below(golden, "grad/").keySet()
                    .forEach(role -> gradients.add(found.get(role), GOLDEN.truth(golden, "grad/" + role)));
            System.out
                    .println(provider.name() + " " + loss.relative() / epsilon + " " + logits.relative() / epsilon + " "
                            + gradients.relative() / epsilon);
            assertThat(loss.relative()).as("loss").isBetween(0.0, LOSS * epsilon);
            assertThat(logits.relative()).as("logits").isBetween(0.0, LOGITS * epsilon);
            assertThat(gradients.relative()).as("gradients").isBetween(0.0, GRADIENTS * epsilon);
        }
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

        double relative() {
            return Math.sqrt(difference / truth);
        }
    }
}
