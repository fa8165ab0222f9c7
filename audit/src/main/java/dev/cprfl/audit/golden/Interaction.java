package dev.cprfl.audit.golden;

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

/** The VSI against the authors' Transformer: every row, every gradient; and the short cut for the prompts' rows. */
final class Interaction {

    private Interaction() {}

    static void compare(GoldenCase golden, Backend backend, Comparison comparison) {
        VisualSemanticInteraction vsi = new VisualSemanticInteraction(Initializer.unset(backend),
                number(golden, "depth"), number(golden, "dim"), number(golden, "heads"), number(golden, "dim_head"),
                number(golden, "mlp_dim"), golden.attribute("dropout").asDouble());
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        golden.below("param/").forEach((name, weight) -> weights.put(own(name), weight));
        StateDict.load(vsi, weights);

        // Some rows are taken as visual tokens, the rest as prompts; for the encoder all are alike.
        Variable x = Variable.leaf(golden.stored("x").toTensor(backend));
        int rows = x.shape().extent(1);
        int visual = rows / 2;
        try (Tape tape = Tape.start()) {
            Variable y = x;
            for (EncoderLayer layer : vsi.layers()) {
                y = layer.forward(Slice.apply(y, 1, 0, visual), Slice.apply(y, 1, visual, rows), false).tokens();
            }
            comparison.check("y", y.value().toDoubles());
            Gradients gradients = tape.backward(y, golden.stored("dy").toTensor(backend));
            comparison.check("dx", gradients.get(x).toDoubles());
            Map<String, Parameter> parameters = vsi.namedParameters();
            golden.below("grad/").forEach((name, gradient) -> comparison.check("grad/" + name,
                    gradients.get(parameters.get(own(name))).toDoubles()));
        }
        Variable refined = vsi.forward(Slice.apply(x, 1, 0, visual), Slice.apply(x, 1, visual, rows)).tokens();
        comparison.check("y", refined.value().toDoubles(), Layouts.lastRows(golden.truth("y"), refined.shape()));
    }

    private static int number(GoldenCase golden, String attribute) {
        return golden.attribute(attribute).asInt();
    }

    private static String own(String name) {
        String own = WeightNames.fromOfficial("attention." + name);
        return own.substring(own.indexOf('.') + 1);
    }
}
