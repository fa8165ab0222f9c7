package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.audit.golden.GoldenCase;
import dev.cprfl.audit.golden.Workbench;
import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.autograd.optim.ExponentialMovingAverage;
import dev.cprfl.autograd.optim.OneCycleSchedule;
import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** The optimizer, its schedule and the moving average, step by step against PyTorch. */
class OptimizerGoldenTest {

    private static final List<String> AVERAGED = List.of("w", "bn.weight", "bn.bias", "bn.running_mean",
            "bn.running_var");

    @TestFactory
    Stream<DynamicNode> adamW() {
        return EveryBackend.runs(casesOf("optim", "adamw"), OptimizerGoldenTest::adamW);
    }

    @TestFactory
    Stream<DynamicNode> movingAverage() {
        return EveryBackend.runs(casesOf("optim", "ema"), OptimizerGoldenTest::movingAverage);
    }

    @TestFactory
    Stream<DynamicTest> oneCycle() {
        return casesOf("schedule", "onecycle_lr").stream()
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> oneCycle(golden)));
    }

    private static List<GoldenCase> casesOf(String part, String op) {
        return GoldenCase.ofPart(part).stream().filter(golden -> golden.op().equals(op)).toList();
    }

    // ---- AdamW --------------------------------------------------------------------------------------------------------

    private static void adamW(Workbench w) {
        JsonNode decay = w.golden.attribute("weight_decay");
        List<Parameter> parameters = new ArrayList<>();
        List<AdamW.Group> groups = new ArrayList<>();
        for (int i = 0; i < decay.size(); i++) {
            Shape shape = Shape.of(w.golden.shape("p" + i));
            parameters
                    .add(new Parameter(Tensor.of(w.backend, shape, w.golden.tensor("p" + i)), Parameter.Layout.PLAIN));
            groups.add(new AdamW.Group(Map.of("p" + i, parameters.get(i)), 1, decay.get(i).asDouble()));
        }
        AdamW optimizer = new AdamW(groups, w.golden.attribute("betas").get(1).asDouble(),
                w.golden.attribute("eps").asDouble());
        double[] lr = w.golden.tensor("lr");
        double[] beta1 = w.golden.tensor("beta1");
        for (int step = 0; step < lr.length; step++) {
            optimizer.step(gradients(w.golden, parameters, step), lr[step], beta1[step]);
            String role = step == 0 ? "first" : "last";
            for (int i = 0; i < parameters.size(); i++) {
                w.result(role + i, parameters.get(i).value().storage());
            }
        }
        for (int i = 0; i < parameters.size(); i++) {
            w.result("m" + i, optimizer.moments().get("m.p" + i).storage());
            w.result("v" + i, optimizer.moments().get("v.p" + i).storage());
            assertThat(optimizer.steps().get("p" + i)).isEqualTo(lr.length - skipped(w.golden, i).size());
        }
    }

    /** The stored gradients g, as those of sum(p g). A parameter that has none in this step stays out of the sum. */
    private static Gradients gradients(GoldenCase golden, List<Parameter> parameters, int step) {
        try (Tape tape = Tape.start()) {
            Variable loss = null;
            for (int i = 0; i < parameters.size(); i++) {
                if (!skipped(golden, i).contains(step)) {
                    Parameter p = parameters.get(i);
                    Tensor g = Tensor.of(p.backend(), p.shape(), row(golden, "g" + i, step, p.shape().length()));
                    Variable part = SumAll.apply(Multiply.apply(p, Variable.constant(g)));
                    loss = loss == null ? part : Add.apply(loss, part);
                }
            }
            return tape.backward(loss);
        }
    }

    /** The steps in which a parameter has no gradient; stored as pairs of step and parameter. */
    private static List<Integer> skipped(GoldenCase golden, int parameter) {
        return golden.attribute("grad_none_at").valueStream().filter(pair -> pair.get(1).asInt() == parameter)
                .map(pair -> pair.get(0).asInt()).toList();
    }

    private static double[] row(GoldenCase golden, String role, int row, int length) {
        return Arrays.copyOfRange(golden.tensor(role), row * length, (row + 1) * length);
    }

    // ---- schedule -----------------------------------------------------------------------------------------------------

    private static void oneCycle(GoldenCase golden) {
        double maxLr = golden.attribute("max_lr").asDouble();
        int total = golden.attribute("total_steps").asInt();
        OneCycleSchedule schedule = new OneCycleSchedule(maxLr, total, golden.attribute("pct_start").asDouble(),
                golden.attribute("div_factor").asDouble(), golden.attribute("final_div_factor").asDouble(), true,
                golden.attribute("base_momentum").asDouble(), golden.attribute("max_momentum").asDouble());
        double[] lr = golden.tensor("lr");
        double[] beta1 = golden.tensor("beta1");
        assertThat(lr).hasSize(total);
        for (int step = 0; step < total; step++) {
            assertThat(schedule.lr(step)).as("lr %d", step).isCloseTo(lr[step], within(1e-12 * maxLr));
            assertThat(schedule.beta1(step)).as("beta1 %d", step).isCloseTo(beta1[step], within(1e-12));
        }
        assertThatThrownBy(() -> schedule.lr(total)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("step " + (total + 1) + " of a schedule of " + total + " steps");
    }

    /** Where the rising phase has no length PyTorch divides by zero; here training starts at the top. */
    @Test
    void aPhaseWithoutLengthIsSkipped() {
        OneCycleSchedule schedule = new OneCycleSchedule(1e-4, 10, 0.1, 25, 1e4, true, 0.85, 0.95);
        assertThat(schedule.lr(0)).isEqualTo(1e-4);
        assertThat(schedule.beta1(0)).isEqualTo(0.85);
        assertThat(schedule.lr(9)).isCloseTo(1e-4 / 25 / 1e4, within(1e-18));
        OneCycleSchedule single = new OneCycleSchedule(1e-4, 1, 1, 25, 1e4, true, 0.85, 0.95);
        assertThat(single.lr(0)).isEqualTo(1e-4);
    }

    // ---- moving average -----------------------------------------------------------------------------------------------

    private static void movingAverage(Workbench w) {
        Stored module = new Stored(w);
        ExponentialMovingAverage average = new ExponentialMovingAverage(module,
                w.golden.attribute("decay").asDouble());
        for (int update = 1; update <= w.golden.attribute("updates").asInt(); update++) {
            module.set(update);
            average.update();
        }
        long[] counter = average.counters().get(Stored.COUNTER);
        assertThat((double) counter[0]).isEqualTo(w.golden.tensor("ema/" + Stored.COUNTER)[0]);

        // In the module's place the average is what the module shows; back in its own, all is as before.
        Map<String, double[]> trained = module.numbers();
        average.swap();
        AVERAGED.forEach(name -> w.result("ema/" + name, module.tensors.get(name).storage()));
        assertThat((double) module.batches[0]).isEqualTo(w.golden.tensor("ema/" + Stored.COUNTER)[0]);
        average.swap();
        module.numbers().forEach((name, values) -> assertThat(values).as(name).isEqualTo(trained.get(name)));
    }

    /** A module whose state is one row of each stored tensor. */
    private static final class Stored extends Module {

        private static final String COUNTER = "bn.num_batches_tracked";

        private final GoldenCase golden;
        private final Map<String, Tensor> tensors = new LinkedHashMap<>();
        private final long[] batches = counter(COUNTER);

        Stored(Workbench w) {
            golden = w.golden;
            for (String name : AVERAGED) {
                Tensor tensor = Tensor.allocate(w.backend, Shape.of(golden.shape("ema/" + name)));
                tensors.put(name, tensor);
                if (name.contains("running")) {
                    buffer(name, tensor);
                } else {
                    parameter(name, tensor);
                }
            }
            set(0);
        }

        void set(int row) {
            tensors.forEach((name, tensor) -> {
                Backend backend = tensor.backend();
                backend.memory().write(row(golden, "state/" + name, row, tensor.length()), 0, tensor.storage());
            });
            batches[0] = (long) golden.tensor("state/" + COUNTER)[row];
        }

        Map<String, double[]> numbers() {
            Map<String, double[]> numbers = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> numbers.put(name, tensor.toDoubles()));
            return numbers;
        }
    }
}
