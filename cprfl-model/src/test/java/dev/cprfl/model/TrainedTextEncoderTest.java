package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A network that learns the class semantics with the rest. */
class TrainedTextEncoderTest {

    private static final List<int[]> PROMPTS = List.of(new int[]{0, 3, 10}, new int[]{0, 4, 5, 10});

    private final Backend backend = Backends.open("reference", 1);
    private final Initializer initializer = new Initializer(backend, Rng.of(7));
    private final TextEncoder encoder = new TextEncoder(
            new TextConfig(11, 6, 4, 2, 1, 6, TextConfig.Activation.QUICK_GELU), initializer);
    private final Variable images = Variable.constant(initializer.normal(Shape.of(2, 33, 40, 3), 1));

    @AfterEach
    void close() {
        backend.close();
    }

    private static CprflConfig config(int textDim) {
        return new CprflConfig(new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1, 1), 2), 6, textDim, 0.5, 2, 3, 5,
                1,
                0, PromptInit.MLP, CutPath.NONE);
    }

    @Test
    void theLossReachesTheTextEncoder() {
        Cprfl model = new Cprfl(config(6), encoder, PROMPTS, initializer);
        assertThat(model.namedParameters()).containsKey("text_encoder.transformer.resblocks.0.attn.in_proj_weight");
        GradCheck.Result worst = GradCheck.directions(() -> model.logits(images),
                Map.copyOf(encoder.namedParameters()), 2, 1e-4);
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    @Test
    void itScoresAsWithTheEncodersOutputKept() {
        Tensor w = encoder.embed(PROMPTS);
        Cprfl learning = new Cprfl(config(6), encoder, PROMPTS, new Initializer(backend, Rng.of(8)));
        Cprfl frozen = new Cprfl(config(6), w, new Initializer(backend, Rng.of(8)));
        learning.train(false);
        frozen.train(false);
        assertThat(learning.classes()).isEqualTo(2);
        double[] expected = frozen.logits(images).value().toDoubles();
        assertThat(learning.logits(images).value().toDoubles()).isEqualTo(expected);
        learning.prepareInference();
        assertThat(learning.logits(images).value().toDoubles()).containsExactly(expected, within(1e-12));
    }

    @Test
    void aPassLeavesNothingBehindButItsOutput() {
        Cprfl model = new Cprfl(config(6), encoder, PROMPTS, initializer);
        model.train(false);
        try (Scope _ = Scope.open()) {
            model.forward(images);
        }
        long before = backend.memory().bytesHeld();
        try (Scope _ = Scope.open()) {
            model.forward(images);
        }
        assertThat(backend.memory().bytesHeld()).isEqualTo(before);
    }

    @Test
    void anEncoderOfAnotherWidthIsRefused() {
        assertThatThrownBy(() -> new Cprfl(config(5), encoder, PROMPTS, initializer)).isInstanceOf(UserException.class)
                .hasMessageContainingAll("[2, 6]", "[classes, 5]", "textDim=6");
    }
}
