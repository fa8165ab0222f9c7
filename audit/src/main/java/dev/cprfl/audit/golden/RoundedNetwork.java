package dev.cprfl.audit.golden;

import dev.cprfl.audit.Finding;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.TracedStep;
import java.util.Map;

/**
 * What rounding the factors of products does to a whole network: loss, logits and all gradients of the small one, against the
 * authors' model in double. Errors are lengths relative to the truth's; their bounds are multiples of {@link
 * Backend#productEpsilon}. Rounding nothing but the factors was measured to cost 0.2 to 1.5 of it in the loss, 1.4 to 2.4 in the
 * logits, 2.8 to 4.7 in the gradients, and 24 to 59 in those of training, where batches of three small images are normalised: as
 * much as float's rounding costs there in multiples of float's epsilon. The bounds leave room for activations that are rounded
 * as well.
 */
final class RoundedNetwork {

    private static final double LOSS = 4;
    private static final double LOGITS = 8;
    private static final double GRADIENTS = 16;
    private static final double TRAINING_GRADIENTS = 100;

    private RoundedNetwork() {}

    /** @param golden a step whose logits are stored where it trains */
    static Finding compare(GoldenCase golden, Backend backend) {
        GoldenCase inputs = golden.inputs();
        boolean training = golden.attribute("mode").asString().equals("train");
        Cprfl model = TinyModel.build(backend, inputs, CutPath.NONE);
        model.train(training);
        TracedStep step = TracedStep.run(model, TinyModel.images(backend, inputs), TinyModel.targets(backend, inputs),
                TinyModel.loss(inputs));
        double epsilon = backend.productEpsilon();
        Distance loss = new Distance();
        loss.add(step.loss().value().toDoubles(), golden.truth("loss"));
        Finding found = loss.finding(LOSS * epsilon, golden + " loss");
        if (golden.has("logits")) {
            Distance logits = new Distance();
            logits.add(step.output().logits().value().toDoubles(), golden.truth("logits"));
            found = found.worse(logits.finding(LOGITS * epsilon, golden + " logits"));
        }
        Distance gradients = new Distance();
        Map<String, double[]> own = TinyModel.gradients(model, step.gradients());
        golden.node().get("tolerances").propertyNames().stream().filter(role -> role.startsWith("grad/")).forEach(
                role -> gradients.add(own.get(role.substring("grad/".length())), golden.truth(role)));
        return found.worse(gradients.finding((training ? TRAINING_GRADIENTS : GRADIENTS) * epsilon,
                golden + " gradients"));
    }

    /** The length of a difference, relative to that of the truth. */
    private static final class Distance {

        private double difference;
        private double truth;

        void add(double[] got, double[] wanted) {
            for (int i = 0; i < wanted.length; i++) {
                difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
                truth += wanted[i] * wanted[i];
            }
        }

        Finding finding(double bound, String place) {
            return Finding.of(Math.sqrt(difference / truth), bound, place);
        }
    }
}
