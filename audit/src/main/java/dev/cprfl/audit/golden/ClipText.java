package dev.cprfl.audit.golden;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** CLIP's text encoder against OpenAI's: a small one, and that of CLIP RN50 in its full size. */
final class ClipText {

    private ClipText() {}

    static void compare(GoldenCase golden, Backend backend, Comparison comparison) {
        TextConfig config = new TextConfig(number(golden, "vocab"), number(golden, "context"), number(golden, "width"),
                number(golden, "heads"), number(golden, "layers"), number(golden, "embed"),
                TextConfig.Activation.QUICK_GELU);
        TextEncoder encoder = new TextEncoder(config, Initializer.unset(backend));
        FormulaWeights.fill(encoder, golden.attribute("prefix").asString(), UnaryOperator.identity(), false);
        comparison.check("features", encoder.forward(texts(golden.stored("tokens"))).value().toDoubles());
    }

    private static int number(GoldenCase golden, String attribute) {
        return golden.attribute(attribute).asInt();
    }

    /** The rows of a matrix of tokens, with the zeros behind their end. */
    static List<int[]> texts(HostTensor tokens) {
        int[] all = Arrays.stream(tokens.toLongs()).mapToInt(Math::toIntExact).toArray();
        int length = tokens.shape().extent(1);
        List<int[]> texts = new ArrayList<>();
        for (int from = 0; from < all.length; from += length) {
            texts.add(Arrays.copyOfRange(all, from, from + length));
        }
        return texts;
    }
}
