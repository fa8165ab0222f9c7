package dev.cprfl.tests.golden;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** CLIP's text encoder against OpenAI's: a small one, and that of CLIP RN50 in its full size. */
class ClipTextGoldenTest {

    private static final Golden GOLDEN = Golden.part("clip_text");

    static Stream<Arguments> encoders() {
        return Stream.concat(Golden.onBackends(true, "clip_text_small"), Golden.onBackends(false, "clip_text_rn50"));
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void features(String name, String backendName) {
        JsonNode golden = GOLDEN.named(name);
        JsonNode a = golden.get("attributes");
        Golden.Comparison comparison = GOLDEN.new Comparison(golden, backendName.equals("reference"));
        TextConfig config = new TextConfig(a.get("vocab").asInt(), a.get("context").asInt(), a.get("width").asInt(),
                a.get("heads").asInt(), a.get("layers").asInt(), a.get("embed").asInt(),
                TextConfig.Activation.QUICK_GELU);
        try (Backend backend = Golden.open(backendName); Scope _ = Scope.open()) {
            TextEncoder encoder = new TextEncoder(config, Initializer.zeros(backend));
            FormulaWeights.fill(encoder, a.get("prefix").asString(), UnaryOperator.identity(), false);
            Variable features = encoder.forward(texts(GOLDEN.tensor(golden, "tokens")));
            comparison.check("features", features.value().toDoubles());
        }
        comparison.verify();
    }

    /** The rows of a matrix of tokens, with the zeros behind their end. */
    private static List<int[]> texts(HostTensor tokens) {
        int[] all = Arrays.stream(tokens.toLongs()).mapToInt(Math::toIntExact).toArray();
        int length = tokens.shape().extent(1);
        List<int[]> texts = new ArrayList<>();
        for (int from = 0; from < all.length; from += length) {
            texts.add(Arrays.copyOfRange(all, from, from + length));
        }
        return texts;
    }
}
