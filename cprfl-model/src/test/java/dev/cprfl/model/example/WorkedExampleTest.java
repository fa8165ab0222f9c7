package dev.cprfl.model.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkedExampleTest {

    private static Backend backend;
    private static List<WorkedExample.Part> parts;

    @BeforeAll
    static void run() {
        backend = Backends.open("reference", 1);
        parts = WorkedExample.run(backend);
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @Test
    void everyEquationInOrder() {
        assertThat(parts).extracting(WorkedExample.Part::equation).containsExactly("E1", "E2", "E3", "E4", "E5", "E6",
                "E7",
                "E8", "E9", "E10");
        assertThat(parts).flatExtracting(WorkedExample.Part::values).allSatisfy(value -> assertThat(value.numbers())
                .as(value.name()).hasSize(value.shape().stream().reduce(1, (a, b) -> a * b)));
    }

    /** What is computed step by step is what the model computes at once. */
    @Test
    void theModelComesToTheSame() {
        ExampleModel model = new ExampleModel(backend);
        TracedStep step = TracedStep.run(model.cprfl, model.images, model.targets, ExampleModel.LOSS);
        CprflOutput output = step.output();
        close("E1", "F", output.tokens().value());
        close("E3", "P", output.prompts().value());
        close("E7", "P'", output.refined().value());
        close("E8", "logit", output.logits().value());
        close("E9", "L", step.loss().value());
        double[] alpha = output.attention().toDoubles(); // of the prompts only
        assertThat(numbers("E5", "alpha").subList(24, 36)).hasSize(alpha.length);
        for (int i = 0; i < alpha.length; i++) {
            assertThat(numbers("E5", "alpha").get(24 + i)).isCloseTo(alpha[i], within(1e-12));
        }
    }

    private static void close(String equation, String name, Tensor expected) {
        close(equation, name, 1e-12, expected.toDoubles());
    }

    /** Numbers that NumPy computed from f and the weights; the gradients by central differences of step 1e-6. */
    @Test
    void numPyComesToTheSame() {
        close("E3", "P", 1e-12, 0.690665770848111, 0.1195640674615989, -0.6367308482187011, -0.312849253294095,
                0.8475489163463117, 0.31567810793741025);
        close("E7", "P'", 1e-12, -0.795752861493404, 1.1457213181026165, 1.033244975645707, -0.11883343371254297,
                -0.29580326432639803, 0.1651742592028077);
        close("E8", "logit", 1e-12, -1.0705111122787208, -0.16138888750309213);
        close("E9", "L", 1e-12, 0.6900761598457732);
        close("E10", "direct", 1e-9, 0.2962962317720752, -0.4266059547286538, -0.38472572022607565,
                -0.0007047165628826235, -0.001754198841741328, 0.0009795310673688107);
        close("E10", "indirect", 1e-9, -0.19033876252905202, 0.3340600114865033, -0.14372124890194016,
                0.006363543469944943, 0.007520215783429762, -0.013883759308885857);
    }

    @Test
    void theTwoPathsAddUp() {
        for (int i = 0; i < 6; i++) {
            assertThat(numbers("E10", "dL/dP").get(i)).isCloseTo(
                    numbers("E10", "direct").get(i) + numbers("E10", "indirect").get(i), within(1e-15));
        }
    }

    private static void close(String equation, String name, double tolerance, double... expected) {
        List<Double> found = numbers(equation, name);
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(i)).as(name + " " + i).isCloseTo(expected[i], within(tolerance));
        }
    }

    private static List<Double> numbers(String equation, String name) {
        return parts.stream().filter(part -> part.equation().equals(equation)).flatMap(part -> part.values().stream())
                .filter(value -> value.name().equals(name)).findFirst().orElseThrow().numbers();
    }
}
