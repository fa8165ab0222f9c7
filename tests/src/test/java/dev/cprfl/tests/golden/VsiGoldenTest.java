package dev.cprfl.tests.golden;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.EncoderLayer;
import dev.cprfl.model.VisualSemanticInteraction;
import dev.cprfl.model.WeightNames;
import dev.cprfl.tensor.io.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The VSI against the authors' Transformer: every row, every gradient; and the short cut for the prompts' rows. */
class VsiGoldenTest {

    private static final Golden GOLDEN = Golden.part("vsi");

    @ParameterizedTest
    @MethodSource("dev.cprfl.tests.golden.Golden#backends")
    void matches(String name) {
        try (Backend backend = Golden.open(name)) {
            for (JsonNode golden : GOLDEN.withOp("vsi_transformer")) {
                Golden.Comparison comparison = GOLDEN.new Comparison(golden, name.equals("reference"));
                compare(golden, backend, comparison);
                comparison.verify();
            }
        }
    }

    private static void compare(JsonNode golden, Backend backend, Golden.Comparison comparison) {
        JsonNode a = golden.get("attributes");
        VisualSemanticInteraction vsi = new VisualSemanticInteraction(Initializer.zeros(backend),
                a.get("depth").asInt(), a.get("dim").asInt(), a.get("heads").asInt(), a.get("dim_head").asInt(),
                a.get("mlp_dim").asInt(), a.get("dropout").asDouble());
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        GOLDEN.below(golden, "param/").forEach((name, weight) -> weights.put(own(name), weight));
        StateDict.load(vsi, weights);

        // Some rows are taken as visual tokens, the rest as prompts; for the encoder all are alike.
        Variable x = Variable.leaf(GOLDEN.tensor(golden, "x").toTensor(backend));
        int rows = x.shape().extent(1);
        int visual = rows / 2;
        try (Tape tape = Tape.start()) {
            Variable y = x;
            for (EncoderLayer layer : vsi.layers()) {
                y = layer.forward(Slice.apply(y, 1, 0, visual), Slice.apply(y, 1, visual, rows), false).tokens();
            }
            comparison.check("y", y.value().toDoubles());
            Gradients gradients = tape.backward(y, GOLDEN.tensor(golden, "dy").toTensor(backend));
            comparison.check("dx", gradients.get(x).toDoubles());
            Map<String, Parameter> parameters = vsi.namedParameters();
            GOLDEN.below(golden, "grad/").forEach((name, gradient) -> comparison.check("grad/" + name,
                    gradients.get(parameters.get(own(name))).toDoubles()));
        }
        Variable refined = vsi.forward(Slice.apply(x, 1, 0, visual), Slice.apply(x, 1, visual, rows)).tokens();
        comparison.check("y", refined.value().toDoubles(), lastRows(GOLDEN.truth(golden, "y"), refined, rows));
    }

    /** The rows of each image that are prompts. */
    private static double[] lastRows(double[] y, Variable refined, int rows) {
        int batch = refined.shape().extent(0);
        int wanted = refined.shape().length(1, 3);
        int all = rows * refined.shape().extent(2);
        double[] picked = new double[batch * wanted];
        for (int b = 0; b < batch; b++) {
            System.arraycopy(y, (b + 1) * all - wanted, picked, b * wanted, wanted);
        }
        return picked;
    }

    private static String own(String name) {
        String own = WeightNames.fromOfficial("attention." + name);
        return own.substring(own.indexOf('.') + 1);
    }
}
