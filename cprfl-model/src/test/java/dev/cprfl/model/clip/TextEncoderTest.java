package dev.cprfl.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TextEncoderTest {

    private static final int CONTEXT = 9;
    private static final int END = 10;

    private final Backend backend = Backends.open("reference", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private TextEncoder encoder(TextConfig.Activation activation) {
        return new TextEncoder(new TextConfig(11, CONTEXT, 8, 2, 2, 5, activation),
                new Initializer(backend, Rng.of(3)));
    }

    @ParameterizedTest
    @EnumSource(TextConfig.Activation.class)
    void gradientsAreTheSlopes(TextConfig.Activation activation) {
        TextEncoder encoder = encoder(activation);
        List<int[]> texts = List.of(new int[]{0, 3, 3, END}, new int[]{0, END}, new int[]{0, 5, 7, 1, END});
        GradCheck.Result worst = GradCheck.directions(() -> encoder.forward(texts), encoder.namedParameters(), 2);
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    /** What stands behind the end token, and how long the other texts of the batch are, changes nothing. */
    @Test
    void aBatchIsCutWithoutChangingAnything() {
        TextEncoder encoder = encoder(TextConfig.Activation.QUICK_GELU);
        int[] text = {0, 3, 4, END};
        int[] longest = {0, 1, 2, 3, 4, 5, 6, 7, END};
        double[] alone = encode(encoder, text);
        assertThat(Arrays.copyOf(encode(encoder, text, longest), 5)).containsExactly(alone, within(1e-14));
        assertThat(encode(encoder, new int[]{0, 3, 4, END, 9, 9, 9, 9, 9})).containsExactly(alone);
        assertThat(encode(encoder, new int[]{0, 3, 4, END, END})).containsExactly(alone);
        assertThat(encode(encoder, new int[]{0, 4, 3, END})).isNotEqualTo(alone);
        assertThat(encode(encoder(TextConfig.Activation.GELU), text)).isNotEqualTo(alone);
    }

    private double[] encode(TextEncoder encoder, int[]... texts) {
        try (Scope _ = Scope.open()) {
            double[] forward = encoder.forward(List.of(texts)).value().toDoubles();
            assertThat(encoder.embed(List.of(texts)).toDoubles()).isEqualTo(forward);
            return forward;
        }
    }

    @Test
    void manyTextsAreOneAfterTheOther() {
        TextEncoder encoder = encoder(TextConfig.Activation.GELU);
        List<int[]> texts = IntStream.range(0, 70).mapToObj(i -> new int[]{0, i % 10, END}).toList();
        try (Scope _ = Scope.open()) {
            double[] all = encoder.embed(texts).toDoubles();
            assertThat(Arrays.copyOfRange(all, 69 * 5, 70 * 5)).containsExactly(encode(encoder, texts.get(69)),
                    within(1e-14));
            assertThat(encoder.embed(List.of()).shape()).isEqualTo(Shape.of(0, 5));
        }
    }

    @Test
    void aForwardPassLeavesNothingBehind() {
        TextEncoder encoder = encoder(TextConfig.Activation.GELU);
        List<int[]> texts = List.of(new int[]{0, 3, END}, new int[]{0, END});
        long before = backend.memory().bytesHeld();
        encoder.forward(texts).value().release();
        assertThat(backend.memory().bytesHeld()).isEqualTo(before);
    }

    @Test
    void textsThatDoNotFitAreRefused() {
        TextEncoder encoder = encoder(TextConfig.Activation.GELU);
        for (int[] text : new int[][]{{}, {0, 1, 2, 3, 4, 5, 6, 7, 8, END}, {0, 11}, {-1, 2}}) {
            assertThatThrownBy(() -> encoder.forward(List.of(text))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theSizeIsReadOffTheShapes() {
        TextConfig config = new TextConfig(600, 77, 128, 2, 3, 32, TextConfig.Activation.GELU);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        StateDict.export(new TextEncoder(config, Initializer.unset(backend)))
                .forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        assertThat(TextConfig.of(shapes, 0, TextConfig.Activation.GELU)).isEqualTo(config);
        assertThat(TextConfig.of(shapes, 4, TextConfig.Activation.GELU).heads()).isEqualTo(4);
        assertThatThrownBy(() -> TextConfig.of(shapes, 3, TextConfig.Activation.GELU))
                .isInstanceOf(UserException.class).hasMessageContainingAll("128", "3 heads");
        shapes.put("text_projection", Shape.of(7));
        assertThatThrownBy(() -> TextConfig.of(shapes, 0, TextConfig.Activation.GELU))
                .isInstanceOf(UserException.class).hasMessageContainingAll("text_projection", "[7]");
        shapes.remove("text_projection");
        assertThatThrownBy(() -> TextConfig.of(shapes, 0, TextConfig.Activation.GELU))
                .isInstanceOf(UserException.class).hasMessageContainingAll("text_projection", "missing");
    }
}
