package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Prompts that come from elsewhere than E3. */
class PromptInitTest {

    private static final Loss LOSS = new AsymmetricLoss(1, 4, 0.05, 1e-8, false, Reduction.MEAN);

    private final Backend backend = Backends.open("reference", 1);
    private final Tensor text = new Initializer(backend, Rng.of(2)).normal(Shape.of(3, 6), 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private static CprflConfig config(PromptInit init) {
        return new CprflConfig(new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1, 1), 2), 10, 6, 0.5, 2, 3, 7, 1, 0,
                init, CutPath.NONE);
    }

    private Cprfl model(PromptInit init) {
        Initializer initializer = new Initializer(backend, Rng.of(7));
        return init == PromptInit.RANDOM
                ? new Cprfl(config(init), 3, initializer)
                : new Cprfl(config(init), text, initializer);
    }

    @Test
    void withoutAHiddenLayerItIsOneProduct() {
        Cprfl model = model(PromptInit.LINEAR);
        assertThat(model.namedParameters().keySet()).filteredOn(name -> name.startsWith("prompt"))
                .containsExactlyInAnyOrder("prompt_initializer.output.weight", "prompt_initializer.output.bias");
        double[] w = model.namedParameters().get("prompt_initializer.output.weight").value().toDoubles();
        double[] b = model.namedParameters().get("prompt_initializer.output.bias").value().toDoubles();
        double[] t = text.toDoubles();
        double[] p = model.prompts().value().toDoubles();
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 10; j++) {
                double sum = b[j];
                for (int k = 0; k < 6; k++) {
                    sum += t[i * 6 + k] * w[j * 6 + k];
                }
                assertThat(p[i * 10 + j]).isCloseTo(sum, within(1e-14));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PromptInit.class)
    void theGradientsAreTheSlopes(PromptInit init) {
        Cprfl model = model(init);
        Variable images = Variable.constant(new Initializer(backend, Rng.of(9)).normal(Shape.of(2, 17, 17, 3), 1));
        Tensor targets = Tensor.of(backend, Shape.of(2, 3), 1.0, 0, 1, 0, 0, 1);
        GradCheck.Result worst = GradCheck.directions(() -> LOSS.apply(model.logits(images), targets),
                model.namedParameters(), 1, 1e-4);
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    /** Preparing and forgetting again must not free the parameter itself. */
    @Test
    void freePromptsOutliveWhatIsMadeOfThem() {
        Cprfl model = model(PromptInit.RANDOM);
        double[] before = model.namedParameters().get("prompts").value().toDoubles();
        Tensor images = new Initializer(backend, Rng.of(9)).normal(Shape.of(2, 16, 16, 3), 1);
        double[] first = null;
        for (int round = 0; round < 3; round++) {
            model.prepareInference();
            try (Scope _ = Scope.open()) {
                double[] logits = model.logits(Variable.constant(images)).value().toDoubles();
                first = first == null ? logits : first;
                assertThat(logits).isEqualTo(first);
            }
            model.train(true);
            backend.memory().trim();
            Tensor.full(backend, Shape.of(3, 10), Double.NaN); // takes what was freed
        }
        assertThat(model.namedParameters().get("prompts").value().toDoubles()).isEqualTo(before);
    }

    @Test
    void freePromptsReadNoText() {
        assertThatThrownBy(() -> new Cprfl(config(PromptInit.RANDOM), text, Initializer.unset(backend)))
                .isInstanceOf(UserException.class).hasMessageContaining("leave the text embeddings out");
        assertThat(model(PromptInit.RANDOM).namedConstants()).isEmpty();
    }
}
