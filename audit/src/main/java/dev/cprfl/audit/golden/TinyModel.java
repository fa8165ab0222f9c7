package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The small models of the part {@code cprfl_tiny}, some with a text encoder: built from their case, with the authors' names. */
public final class TinyModel {

    private TinyModel() {}

    /** What a case says about the paths to the prompts, in the words of the authors' code. */
    public static CutPath cutPath(GoldenCase golden) {
        return golden.attribute("no_feature_grad").asBoolean()
                ? CutPath.FEATURES
                : golden.attribute("no_cls_grad").asBoolean() ? CutPath.DIRECT : CutPath.NONE;
    }

    /** @param inputs a case {@code cprfl_inputs} */
    static Cprfl build(Backend backend, GoldenCase inputs, CutPath cutPath) {
        JsonNode a = inputs.node().get("attributes");
        List<Integer> layers = a.get("layers").valueStream().map(JsonNode::asInt).toList();
        CprflConfig config = new CprflConfig(
                new ResNetConfig(ResNetConfig.Block.BOTTLENECK, layers, a.get("width").asInt()), a.get("d").asInt(),
                a.get("m").asInt(), a.get("expand").asDouble(), a.get("heads").asInt(), a.get("dim_head").asInt(),
                a.get("mlp").asInt(), a.get("depth").asInt(), a.get("dropout").asDouble(), PromptInit.MLP,
                cutPath);
        Initializer initializer = Initializer.unset(backend);
        Map<String, HostTensor> weights = new LinkedHashMap<>(WeightNames.toOwn(inputs.below("init/")));
        Cprfl model;
        if (inputs.has("tokens")) {
            model = new Cprfl(config, textEncoder(a.get("text"), initializer),
                    ClipText.texts(inputs.stored("tokens")), initializer);
        } else {
            HostTensor text = textFeatures(inputs);
            model = new Cprfl(config, text.toTensor(backend), initializer);
            weights.put("text_features", text);
        }
        StateDict.load(model, weights);
        return model;
    }

    private static TextEncoder textEncoder(JsonNode a, Initializer initializer) {
        return new TextEncoder(new TextConfig(a.get("vocab").asInt(), a.get("ctx").asInt(), a.get("width").asInt(),
                a.get("heads").asInt(), a.get("layers").asInt(), a.get("embed").asInt(),
                TextConfig.Activation.QUICK_GELU), initializer);
    }

    /** W of E2: what was given, or what the text encoder of the case came to. */
    public static HostTensor textFeatures(GoldenCase inputs) {
        return inputs.has("text_features_in")
                ? inputs.stored("text_features_in")
                : GoldenCase.named("tiny_text_eval").stored("text_features.f64");
    }

    static Loss loss(GoldenCase inputs) {
        JsonNode asl = inputs.attribute("asl");
        return new AsymmetricLoss(asl.get("gamma_pos").asDouble(), asl.get("gamma_neg").asDouble(),
                asl.get("clip").asDouble(), asl.get("eps").asDouble(),
                asl.get("disable_torch_grad_focal_loss").asBoolean(), Reduction.MEAN);
    }

    static Tensor images(Backend backend, GoldenCase inputs) {
        return Layouts.nhwc(backend, inputs.stored("image"));
    }

    static Tensor targets(Backend backend, GoldenCase inputs) {
        return inputs.stored("target").toTensor(backend);
    }

    /** The model's state under the authors' names. */
    static Map<String, HostTensor> state(Cprfl model) {
        Map<String, HostTensor> state = new LinkedHashMap<>();
        StateDict.export(model).forEach((name, value) -> state.put(WeightNames.toOfficial(name), value));
        return state;
    }

    /** The gradient of every parameter under the authors' names and in PyTorch's layout; null where none reached it. */
    static Map<String, double[]> gradients(Cprfl model, Gradients gradients) {
        Map<String, double[]> found = new LinkedHashMap<>();
        model.namedParameters().forEach((name, parameter) -> found.put(WeightNames.toOfficial(name),
                gradient(parameter, gradients)));
        return found;
    }

    private static double[] gradient(Parameter parameter, Gradients gradients) {
        Tensor gradient = gradients.get(parameter);
        return gradient == null ? null : StateDict.toHost(gradient, parameter.layout()).toDoubles();
    }
}
