package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Twelve steps of training against the authors' recipe in PyTorch: losses, learning rates, beta1, final weights, how far they
 * moved, AdamW's state, averaged weights and batch statistics. {@code tiny_text_intended} is not run: it trains the text encoder,
 * which is not part of this project yet.
 */
class TrainingTrajectoryGoldenTest {

    private static final Golden GOLDEN = Golden.part("train_traj");

    static Stream<Arguments> runs() {
        return Golden.onBackends(true, "tiny_intended", "tiny_as_shipped");
    }

    @ParameterizedTest
    @MethodSource("runs")
    void matches(String name, String backendName) {
        JsonNode golden = GOLDEN.named(name);
        Golden.Comparison comparison = GOLDEN.new Comparison(golden, backendName.equals("reference"));
        try (Backend backend = Golden.open(backendName)) {
            new Trajectory(golden, backend).compare(comparison);
        }
        comparison.verify();
    }

    private static final class Trajectory {

        private final JsonNode golden;
        private final JsonNode settings;
        private final Backend backend;
        private final JsonNode inputs;
        private final Cprfl model;
        private final Loss loss;

        Trajectory(JsonNode golden, Backend backend) {
            this.golden = golden;
            this.backend = backend;
            settings = golden.get("attributes");
            inputs = TinyModel.GOLDEN.named(settings.get("model").asString());
            model = TinyModel.build(backend, inputs, CutPath.NONE);
            loss = TinyModel.loss(inputs);
        }

        void compare(Golden.Comparison comparison) {
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
                if (golden.get("tolerances").has(role)) {
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
                    : Golden.nhwc(backend, GOLDEN.tensor(GOLDEN.named("tiny_data"), "image1"));
        }

        private Tensor targets(int step) {
            return step % 2 == 0
                    ? TinyModel.targets(backend, inputs)
                    : GOLDEN.tensor(GOLDEN.named("tiny_data"), "target1").toTensor(backend);
        }

        private void compareWeights(String prefix, Map<String, HostTensor> state, Map<String, HostTensor> initial,
                Golden.Comparison comparison) {
            golden.get("tolerances").properties().stream().filter(entry -> entry.getKey().startsWith(prefix))
                    .forEach(entry -> {
                        String role = entry.getKey();
                        String name = role.substring(prefix.length());
                        double[] actual = state.get(name).toDoubles();
                        comparison.check(role, actual);
                        JsonNode delta = entry.getValue().path("delta_rel_l2");
                        if (delta.isNumber()) {
                            double[] start = initial.get(name).toDoubles();
                            comparison.check(role + " moved", minus(actual, start),
                                    minus(GOLDEN.truth(golden, role), start),
                                    Double.POSITIVE_INFINITY, delta.asDouble());
                        }
                    });
            GOLDEN.below(golden, prefix).forEach((name, tensor) -> {
                if (name.endsWith("num_batches_tracked")) {
                    assertThat(state.get(name).toLongs()).as(prefix + name).isEqualTo(tensor.toLongs());
                }
            });
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
}
