package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every loss that a configuration can name: extremes, classes that nothing shows, settings. */
class LossChoiceTest {

    static final List<String> NAMES = RunConfig.LOSSES;

    /** Of 12 images: a frequent class, a rare one, one that no image shows, one that all show. */
    private static final ClassFrequencies FREQUENCIES = new ClassFrequencies(12, List.of(9, 1, 0, 12));

    private static Loss loss(String name, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("loss.name=" + name);
        all.add("loss.detachFocus=false");
        return RunConfig.load(null, null, all).lossFunction(FREQUENCIES);
    }

    /** One image has every label, one has none. */
    private static Tensor targets(Backend backend) {
        return Tensor.of(backend, Shape.of(3, 4), 1.0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1);
    }

    /** Right and wrong beyond doubt: nothing becomes infinite or NaN, in float either. */
    @ParameterizedTest
    @FieldSource("NAMES")
    void extremeLogitsStayFinite(String name) {
        for (String backendName : Backends.exactHere()) {
            try (Backend backend = Backends.open(backendName, 1)) {
                for (double size : new double[]{0, 100, 1e4}) {
                    double[] values = {size, -size, -size, size, -size, -size, -size, -size, size, size, size, size};
                    for (int sign : new int[]{1, -1}) {
                        Variable logits = Variable.leaf(Tensor.of(backend, Shape.of(3, 4),
                                Arrays.stream(values).map(v -> sign * v).toArray()));
                        try (Tape tape = Tape.start()) {
                            Variable value = loss(name).apply(logits, targets(backend));
                            assertThat(value.value().item()).as("%s %s", name, size).isFinite();
                            for (double slope : tape.backward(value).get(logits).toDoubles()) {
                                assertThat(slope).as("%s, slope at %s", name, sign * size).isFinite();
                            }
                        }
                    }
                }
            }
        }
    }

    /** The published focal loss at p = 0.5 is 0.25 times the cross-entropy log 2; without focus it is that. */
    @ParameterizedTest
    @CsvSource({"focal, 2, 0.25", "focal, 1, 0.5", "focal, 0, 1"})
    void focusTakesEasyOnesLessSeriously(String name, double gamma, double factor) {
        try (Backend backend = Backends.open("reference", 1)) {
            Variable logits = Variable.constant(Tensor.zeros(backend, Shape.of(3, 4)));
            double value = loss(name, "loss.gamma=" + gamma, "loss.balance=1").apply(logits, targets(backend)).value()
                    .item();
            assertThat(value).isCloseTo(factor * Math.log(2), within(1e-15));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cb-focal", "db", "db-official", "db-nofocal", "focal-official", "cb-focal-official"})
    void whatNeedsFrequenciesSaysSo(String name) {
        RunConfig config = RunConfig.load(null, null, List.of("loss.name=" + name));
        assertThatThrownBy(() -> config.lossFunction(null)).isInstanceOf(UserException.class)
                .hasMessageContaining(name).hasMessageContaining("training lists").message().doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss.gamma=-1", "loss.balance=0", "loss.scale=0", "loss.cbBeta=1", "loss.mapBeta=0",
        "loss.negScale=0.5", "loss.name=dbl", "loss.name=db-oficial"})
    void settingsOutsideTheirRangeAreRefused(String setting) {
        assertThatThrownBy(() -> RunConfig.load(null, null, List.of(setting))).isInstanceOf(UserException.class)
                .hasMessageContaining("loss.").message().doesNotContain("\n");
    }
}
