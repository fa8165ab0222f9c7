package dev.cprfl.tests.golden;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.BinaryCrossEntropy;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.Tensor;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Losses against the authors' code, the ASL authors' code and PyTorch. Not compared: the operation {@code dbl}, the resampling
 * losses, which are none of the method's and not part of this project.
 */
class LossGoldenTest {

    @ParameterizedTest
    @MethodSource("dev.cprfl.tests.golden.Golden#backends")
    void asymmetric(String name) {
        Golden goldens = Golden.part("asl");
        try (Backend backend = Golden.open(name)) {
            for (JsonNode golden : goldens.withOp("asl")) {
                JsonNode a = golden.get("attributes");
                Loss loss = new AsymmetricLoss(a.get("gamma_pos").asDouble(), a.get("gamma_neg").asDouble(),
                        a.get("clip").asDouble(), a.get("eps").asDouble(),
                        a.get("disable_torch_grad_focal_loss").asBoolean(), reduction(a));
                compare(goldens, golden, loss, backend, name.equals("reference"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.cprfl.tests.golden.Golden#backends")
    void binaryCrossEntropy(String name) {
        Golden goldens = Golden.part("losses");
        try (Backend backend = Golden.open(name)) {
            for (String op : new String[]{"bce", "mls"}) {
                for (JsonNode golden : goldens.withOp(op)) {
                    Loss loss = new BinaryCrossEntropy(reduction(golden.get("attributes")));
                    compare(goldens, golden, loss, backend, name.equals("reference"));
                }
            }
        }
    }

    private static Reduction reduction(JsonNode attributes) {
        return Reduction.valueOf(attributes.get("reduction").asString().toUpperCase(Locale.ROOT));
    }

    private static void compare(Golden goldens, JsonNode golden, Loss loss, Backend backend, boolean exact) {
        JsonNode inputs = goldens.named(golden.get("attributes").get("inputs").asString());
        JsonNode source = goldens.has(golden, "x") ? golden : inputs;
        Variable logits = Variable.leaf(goldens.tensor(source, "x").toTensor(backend));
        Tensor targets = goldens.tensor(inputs, "y").toTensor(backend);
        Golden.Comparison comparison = goldens.new Comparison(golden, exact);
        try (Tape tape = Tape.start()) {
            Variable value = loss.apply(logits, targets);
            comparison.check("loss", value.value().toDoubles());
            comparison.check("dx", tape.backward(value).get(logits).toDoubles());
        }
        comparison.verify();
    }
}
