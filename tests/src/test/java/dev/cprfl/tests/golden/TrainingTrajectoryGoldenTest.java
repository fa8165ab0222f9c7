package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.autograd.optim.ExponentialMovingAverage;
import dev.cprfl.autograd.optim.OneCycleSchedule;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Twelve steps of training against the authors' recipe in PyTorch: losses, learning rates, beta1, final weights, how far they
 * moved, AdamW's state, averaged weights and batch statistics. {@code tiny_text_intended} is not run: it trains the text encoder,
 * which is not part of this project yet.
 */
class TrainingTrajectoryGoldenTest {

    private static final Golden GOLDEN = Golden.part("train_traj");

    @ParameterizedTest
    @CsvSource({"tiny_intended, reference", "tiny_intended, vector", "tiny_as_shipped, reference",
        "tiny_as_shipped, vector"})
    void matches(String name, String backendName) {
        JsonNode golden = GOLDEN.named(name);
        Golden.Comparison comparison = GOLDEN.new Comparison(golden, backendName.equals("reference"));
        try (Backend backend = Golden.open(backendName)) {
            new Run(golden, backend).compare(comparison);
        }
        comparison.verify();
    }

    private static final class Run {

        private final JsonNode golden;
        private final JsonNode settings;
        private final Backend backend;
        private final JsonNode inputs;
        private final Cprfl model;
        private final Loss loss;
        private final List<AdamW.Group> groups = new ArrayList<>();
        private final double[] losses;
        private final double[] averageLosses;

        Run(JsonNode golden, Backend backend) {
            this.golden = golden;
            this.backend = backend;
            settings = golden.get("attributes");
            inputs = TinyModel.GOLDEN.named(settings.get("model").asString());
            model = TinyModel.build(backend, inputs, false, false);
            loss = TinyModel.loss(inputs);
            losses = new double[settings.get("steps").asInt()];
            averageLosses = new double[losses.length];
            Map<String, Parameter> parameters = model.namedParameters();
            for (int g = 0; g < 4; g++) {
                Map<String, Parameter> group = new LinkedHashMap<>();
                Golden.strings(settings.get("groups").get(g))
                        .forEach(name -> group.put(name, parameters.get(WeightNames.fromOfficial(name))));
                assertThat(group.values()).doesNotContainNull();
                double lrFactor = g < 2 ? 1 : settings.get("backbone_lr_factor").asDouble();
                groups.add(new AdamW.Group(group, lrFactor, settings.get("weight_decay").get(g).asDouble()));
            }
            assertThat(groups.stream().mapToInt(group -> group.parameters().size()).sum()).isEqualTo(parameters.size());
        }

        void compare(Golden.Comparison comparison) {
            int steps = losses.length;
            OneCycleSchedule schedule = new OneCycleSchedule(number("max_lr"), settings.get("total_steps").asInt(),
                    number("pct_start"), number("div_factor"), number("final_div_factor"),
                    settings.get("cycle_momentum").asBoolean(), number("base_momentum"), number("max_momentum"));
            Map<String, HostTensor> initial = TinyModel.state(model);
            AdamW optimizer = new AdamW(groups, number("beta2"), number("adam_eps"));
            ExponentialMovingAverage average = new ExponentialMovingAverage(model, number("ema_decay"));
            double[] lr = new double[4 * steps];
            double[] beta1 = new double[4 * steps];
            for (int step = 0; step < steps; step++) {
                try (Scope _ = Scope.open()) {
                    step(step, optimizer, schedule, average);
                }
                for (int g = 0; g < 4; g++) {
                    lr[4 * step + g] = schedule.lr(step) * groups.get(g).lrFactor();
                    beta1[4 * step + g] = schedule.beta1(step);
                }
            }
            comparison.check("loss", losses);
            comparison.check("ema_loss", averageLosses);
            comparison.check("lr", lr);
            comparison.check("beta1", beta1);
            compareWeights("final/", TinyModel.state(model), initial, comparison);
            optimizer.moments().forEach((name, moment) -> {
                String role = name.replaceFirst("^(.)\\.", "adam_$1/");
                if (golden.get("tolerances").has(role)) {
                    Parameter parameter = model.namedParameters().get(WeightNames.fromOfficial(name.substring(2)));
                    comparison.check(role, StateDict.toHost(moment, parameter.layout()).toDoubles());
                }
            });
            average.swap();
            compareWeights("ema/", TinyModel.state(model), initial, comparison);
        }

        private void step(int step, AdamW optimizer, OneCycleSchedule schedule, ExponentialMovingAverage average) {
            Tensor images = step % 2 == 0
                    ? TinyModel.images(backend, inputs)
                    : Golden.nhwc(backend, GOLDEN.tensor(GOLDEN.named("tiny_data"), "image1"));
            Tensor targets = step % 2 == 0
                    ? TinyModel.targets(backend, inputs)
                    : GOLDEN.tensor(GOLDEN.named("tiny_data"), "target1").toTensor(backend);
            model.train(true);
            try (Tape tape = Tape.start()) {
                Variable value = loss.apply(model.logits(Variable.constant(images)), targets);
                losses[step] = value.value().item();
                Gradients gradients = tape.backward(value);
                optimizer.step(gradients, schedule.lr(step), schedule.beta1(step));
                gradients.release();
            }
            average.update();
            average.swap();
            model.train(false);
            averageLosses[step] = loss.apply(model.logits(Variable.constant(images)), targets).value().item();
            average.swap();
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
