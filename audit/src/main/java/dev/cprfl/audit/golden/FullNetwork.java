package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.EncoderLayer;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.VisualSemanticInteraction;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/**
 * The network in the authors' size against their model. Not compared: {@code attn0_out}, a value inside an encoder layer that
 * ours does not show; its successor {@code attention_out} is.
 */
final class FullNetwork {

    private FullNetwork() {}

    static void compare(GoldenCase golden, Backend backend, Comparison comparison) {
        String prefix = golden.attribute("prefix").asString();
        CprflConfig config = new CprflConfig(ResNetConfig.named("resnet101"), number(golden, "d"), 1024,
                golden.attribute("expand").asDouble(), number(golden, "heads"), number(golden, "dim_head"),
                number(golden, "mlp"), number(golden, "depth"), 0, PromptInit.MLP, CutPath.NONE);
        JsonNode text = golden.attribute("text_features");
        Tensor textFeatures = FormulaWeights.tensor(text.get("name").asString(), shape(text.get("shape")), 0,
                text.get("scale").asDouble()).toTensor(backend);
        Cprfl model = new Cprfl(config, textFeatures, Initializer.unset(backend));
        FormulaWeights.fill(model, prefix, WeightNames::toOfficial, false);
        model.train(false);
        Tensor images = Layouts.nhwc(backend, FormulaWeights.image(golden.attribute("input").asString(),
                shape(golden.attribute("input_shape"))));
        CprflOutput output = model.forward(Variable.constant(images));
        comparison.check("logits", output.logits().value().toDoubles());
        check(golden, "features", Layouts.nchw(output.backbone().value()), comparison);
        check(golden, "fc_out", output.tokens().value().toDoubles(), comparison);
        check(golden, "P", output.prompts().value().toDoubles(), comparison);
        check(golden, "P_prime", output.refined().value().toDoubles(), comparison);

        // The model computes the prompts' rows only; here are all.
        VisualSemanticInteraction interaction = new VisualSemanticInteraction(Initializer.unset(backend),
                config.depth(), config.jointDim(), config.heads(), config.headDim(), config.mlpDim(), 0);
        FormulaWeights.fill(interaction, prefix, name -> WeightNames.toOfficial("interaction." + name), false);
        EncoderLayer layer = interaction.layers().getFirst();
        Variable tokens = layer.forward(output.tokens(), output.prompts(), false).tokens();
        check(golden, "attention_out", tokens.value().toDoubles(), comparison);
    }

    private static void check(GoldenCase golden, String role, double[] values, Comparison comparison) {
        comparison.check(role + ".values", Layouts.sample(values, golden.stored(role + ".index")));
    }

    private static int number(GoldenCase golden, String attribute) {
        return golden.attribute(attribute).asInt();
    }

    private static Shape shape(JsonNode extents) {
        return Shape.of(extents.valueStream().mapToInt(JsonNode::asInt).toArray());
    }
}
