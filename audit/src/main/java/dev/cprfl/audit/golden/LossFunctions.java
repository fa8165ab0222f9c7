package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.BinaryCrossEntropy;
import dev.cprfl.model.loss.ClassBalancedWeights;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.loss.FocalLoss;
import dev.cprfl.model.loss.FocalLoss.Focus;
import dev.cprfl.model.loss.LabelWeights;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.MultiLabelSoftMargin;
import dev.cprfl.model.loss.NegativeTolerance;
import dev.cprfl.model.loss.RebalancedWeights;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
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
            case "bce" -> new BinaryCrossEntropy(reduction(a));
            case "mls" -> new MultiLabelSoftMargin(reduction(a));
            case "dbl" -> resampled(a);
            default -> throw new IllegalArgumentException("no check for loss " + golden.op());
        };
    }

    /**
     * The losses of the authors' code, and the same with the focusing factor of each element, as the code of Wu et al. has it.
     * What they share: logits regularised by the classes' frequencies.
     */
    private static Loss resampled(JsonNode a) {
        ClassFrequencies frequencies = frequencies(a.get("dataset").asString());
        NegativeTolerance tolerance = new NegativeTolerance(a.get("neg_scale").asDouble(),
                a.get("init_bias").asDouble(), frequencies);
        JsonNode map = a.path("map_param");
        LabelWeights weights = switch (a.get("reweight_func").asString("none")) {
            case "rebalance" -> new RebalancedWeights(map.get("alpha").asDouble(), map.get("beta").asDouble(),
                    map.get("gamma").asDouble(), frequencies);
            case "CB" -> new ClassBalancedWeights(a.get("CB_loss").get("CB_beta").asDouble(), frequencies);
            default -> null;
        };
        JsonNode focal = a.get("focal");
        Focus focus = a.get("variant").asString().equals("official") ? Focus.BATCH : Focus.ELEMENT;
        double gamma = focal.get("focal").asBoolean() ? focal.get("gamma").asDouble() : 0;
        return new FocalLoss(gamma, focal.get("balance_param").asDouble(), focus, weights, tolerance,
                a.get("loss_weight").asDouble(), Reduction.MEAN);
    }

    /** How often each class is in the training list of a data set, as the authors' files say. */
    public static ClassFrequencies frequencies(String dataset) {
        GoldenCase golden = GoldenCase.named(dataset + "_freq");
        List<Integer> positives = Arrays.stream(golden.tensor("class_freq")).mapToObj(count -> (int) count).toList();
        return new ClassFrequencies(golden.attribute("train_num").asInt(), positives);
    }

    private static Reduction reduction(JsonNode attributes) {
        return Reduction.valueOf(attributes.get("reduction").asString().toUpperCase(Locale.ROOT));
    }
}
