package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.BinaryCrossEntropy;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** The losses that a training can be told to use, with their gradients. */
public final class LossFunctions {

    private LossFunctions() {}

    /** Fills the workbench with the results of a case of the parts {@code asl} and {@code losses}. */
    public static void compute(Workbench w) {
        GoldenCase inputs = w.golden.inputs();
        GoldenCase source = w.golden.has("x") ? w.golden : inputs;
        Shape shape = Shape.of(source.shape("x"));
        Variable logits = Variable.leaf(Tensor.of(w.backend, shape, source.tensor("x")));
        Tensor targets = Tensor.of(w.backend, shape, inputs.tensor("y"));
        try (Tape tape = Tape.start()) {
            Variable value = loss(w.golden).apply(logits, targets);
            w.result("loss", value.value().storage());
            w.result("dx", tape.backward(value).get(logits).storage());
        }
    }

    private static Loss loss(GoldenCase golden) {
        JsonNode a = golden.node().get("attributes");
        return switch (golden.op()) {
            case "asl" -> new AsymmetricLoss(a.get("gamma_pos").asDouble(), a.get("gamma_neg").asDouble(),
                    a.get("clip").asDouble(), a.get("eps").asDouble(),
                    a.get("disable_torch_grad_focal_loss").asBoolean(), reduction(a));
            case "bce", "mls" -> new BinaryCrossEntropy(reduction(a));
            default -> throw new IllegalArgumentException("no check for loss " + golden.op());
        };
    }

    private static Reduction reduction(JsonNode attributes) {
        return Reduction.valueOf(attributes.get("reduction").asString().toUpperCase(Locale.ROOT));
    }
}
