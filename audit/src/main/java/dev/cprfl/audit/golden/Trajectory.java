package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Twelve steps of training against the authors' recipe in PyTorch, once with a text encoder that learns: losses, learning rates,
 * beta1, final weights, how far they moved, AdamW's state, averaged weights and batch statistics.
 */
final class Trajectory {

    private final GoldenCase golden;
    private final JsonNode settings;
    private final Backend backend;
    private final GoldenCase inputs;
    private final GoldenCase data;
    private final Cprfl model;
    private final Loss loss;

    private Trajectory(GoldenCase golden, Backend backend) {
        this.golden = golden;
        this.backend = backend;
        settings = golden.node().get("attributes");
        inputs = GoldenCase.named(settings.get("model").asString());
        data = GoldenCase.named(settings.get("data").asString());
        model = TinyModel.build(backend, inputs, CutPath.NONE);
        loss = TinyModel.loss(inputs);
    }

    static void compare(GoldenCase golden, Backend backend, Comparison comparison) {
        new Trajectory(golden, backend).compare(comparison);
    }

    private void compare(Comparison comparison) {
        // As the authors' code runs, its groups of the backbone are empty: everything learns at the full rate.
        boolean backboneGroups = !settings.get("groups").get(2).isEmpty();
        double factor = number("backbone_lr_factor");
        int totalSteps = settings.get("total_steps").asInt();
        Learner learner = new Learner(model, loss, new RunConfig.Training(number("max_lr"),
                settings.get("weight_decay").get(1).asDouble(), 3, 1, "auto", number("pct_start"),
                number("div_factor"), number("final_div_factor"), settings.get("cycle_momentum").asBoolean(),
                number("base_momentum"), number("max_momentum"), number("beta2"), number("adam_eps"),
                number("ema_decay"), backboneGroups ? factor : 1, false, 1, 0, 0, 1), totalSteps);
        int steps = settings.get("steps").asInt();
        double[] losses = new double[steps];
        double[] averageLosses = new double[steps];
        double[] lr = new double[4 * steps];
        double[] beta1 = new double[4 * steps];
        Map<String, HostTensor> initial = TinyModel.state(model);
        for (int step = 0; step < steps; step++) {
            try (Scope _ = Scope.open()) {
                Tensor images = images(step);
                losses[step] = learner.step(step, images, targets(step));
                learner.average().swap();
                model.train(false);
                Variable logits = model.logits(Variable.constant(images));
                averageLosses[step] = loss.apply(logits, targets(step)).value().item();
                learner.average().swap();
            }
            for (int group = 0; group < 4; group++) {
                lr[4 * step + group] = learner.schedule().lr(step) * (group < 2 ? 1 : factor);
                beta1[4 * step + group] = learner.schedule().beta1(step);
            }
        }
        comparison.check("loss", losses);
        comparison.check("ema_loss", averageLosses);
        comparison.check("lr", lr);
        comparison.check("beta1", beta1);
        compareWeights("final/", TinyModel.state(model), initial, comparison);
        learner.optimizer().moments().forEach((name, moment) -> {
            String own = name.substring(2);
            String role = "adam_" + name.charAt(0) + "/" + WeightNames.toOfficial(own);
            if (golden.node().get("tolerances").has(role)) {
                Parameter parameter = model.namedParameters().get(own);
                comparison.check(role, StateDict.toHost(moment, parameter.layout()).toDoubles());
            }
        });
        learner.average().swap();
        compareWeights("ema/", TinyModel.state(model), initial, comparison);
    }

    private Tensor images(int step) {
        return step % 2 == 0
                ? TinyModel.images(backend, inputs)
                : Layouts.nhwc(backend, data.stored("image1"));
    }

    private Tensor targets(int step) {
        return step % 2 == 0
                ? TinyModel.targets(backend, inputs)
                : data.stored("target1").toTensor(backend);
    }

    private void compareWeights(String prefix, Map<String, HostTensor> state, Map<String, HostTensor> initial,
            Comparison comparison) {
        golden.node().get("tolerances").properties().stream().filter(entry -> entry.getKey().startsWith(prefix))
                .forEach(entry -> {
                    String role = entry.getKey();
                    String name = role.substring(prefix.length());
                    double[] truth = golden.truth(role);
                    double[] actual = known(name, state.get(name).toDoubles(), truth);
                    comparison.check(role, actual, truth);
                    JsonNode delta = entry.getValue().path("delta_rel_l2");
                    if (delta.isNumber()) {
                        double[] start = initial.get(name).toDoubles();
                        comparison.check(role + " moved", minus(actual, start),
                                minus(truth, start),
                                Double.POSITIVE_INFINITY, delta.asDouble());
                    }
                });
        golden.below(prefix).forEach((name, tensor) -> {
            if (name.endsWith("num_batches_tracked")) {
                if (!Arrays.equals(state.get(name).toLongs(), tensor.toLongs())) {
                    comparison.fail(prefix + name, "is " + Arrays.toString(state.get(name).toLongs()));
                }
            }
        });
    }

    /**
     * The numbers that the gradients decide. A key's bias changes no softmax, so its gradient is zero but for rounding, which
     * AdamW makes steps of; the case names the places, and the truth stands in there.
     */
    private double[] known(String name, double[] actual, double[] truth) {
        JsonNode range = settings.path("ignore_elements").path(name);
        if (range.isMissingNode()) {
            return actual;
        }
        int from = range.get(0).asInt();
        double[] known = actual.clone();
        System.arraycopy(truth, from, known, from, range.get(1).asInt() - from);
        return known;
    }

    private static double[] minus(double[] a, double[] b) {
        double[] difference = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return difference;
    }

    private double number(String name) {
        return settings.get(name).asDouble();
    }
}
