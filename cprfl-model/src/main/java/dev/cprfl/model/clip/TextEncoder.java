package dev.cprfl.model.clip;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Embedding;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.LayerNorm;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Matmul;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's text encoder g: token and position embeddings, a causal transformer, a layer norm, and a projection of what the end
 * token became. Names are those of OpenAI's state dict.
 *
 * <p>Implements E2. W = g("a photo of a CLASS."), not normalised. A position sees only those before it, so what stands behind
 * the end token changes nothing: a batch is cut behind its last end token.
 */
public final class TextEncoder extends Module {

    /** Texts that {@link #embed} takes at once. */
    private static final int BATCH = 64;

    private final TextConfig config;
    private final Embedding tokenEmbedding;
    private final Parameter positions;
    private final List<TextLayer> layers = new ArrayList<>();
    private final LayerNorm finalNorm;
    private final Parameter projection;

    public TextEncoder(TextConfig config, Initializer initializer) {
        this.config = config;
        int width = config.width();
        tokenEmbedding = child("token_embedding", new Embedding(initializer, config.vocabulary(), width));
        positions = parameter("positional_embedding", initializer.normal(Shape.of(config.context(), width), 0.01));
        for (int i = 0; i < config.layers(); i++) {
            layers.add(child("transformer.resblocks." + i, new TextLayer(initializer, config)));
        }
        finalNorm = child("ln_final", new LayerNorm(initializer, width));
        projection = parameter("text_projection",
                initializer.normal(Shape.of(width, config.textDim()), 1 / Math.sqrt(width)));
    }

    public TextConfig config() {
        return config;
    }

    /**
     * @param texts tokens of each text, with the end token, which is the highest number in it
     * @return W: [texts, m]
     * @throws IllegalArgumentException if a text is empty or longer than the context, or a token is none of the vocabulary
     */
    public Variable forward(List<int[]> texts) {
        int[] ends = texts.stream().mapToInt(TextEncoder::end).toArray();
        int length = 0;
        for (int end : ends) {
            length = Math.max(length, end + 1);
        }
        if (length > config.context()) {
            throw new IllegalArgumentException("a text of " + length + " tokens in a context of " + config.context());
        }
        int[] tokens = new int[texts.size() * length];
        int[] lastRows = new int[texts.size()];
        for (int i = 0; i < lastRows.length; i++) {
            System.arraycopy(texts.get(i), 0, tokens, i * length, ends[i] + 1);
            lastRows[i] = i * length + ends[i];
        }
        Variable embedded = tokenEmbedding.forward(tokens, Shape.of(texts.size(), length));
        Variable x = Add.apply(embedded, Slice.apply(positions, 0, 0, length));
        Tape.forget(embedded);
        for (TextLayer layer : layers) {
            Variable before = x;
            x = layer.forward(before);
            Tape.forget(before);
        }
        Variable rows = Reshape.apply(x, Shape.of(tokens.length, config.width()));
        Variable last = dev.cprfl.autograd.ops.Embedding.apply(lastRows, Shape.of(lastRows.length), rows);
        Variable normalised = finalNorm.forward(last);
        Variable w = Matmul.apply(normalised, projection);
        Tape.forget(x, last, normalised);
        return w;
    }

    /** As {@link #forward}, for any number of texts and without a tape. */
    public Tensor embed(List<int[]> texts) {
        int m = config.textDim();
        Tensor all = Tensor.allocate(projection.backend(), Shape.of(texts.size(), m));
        for (int from = 0; from < texts.size(); from += BATCH) {
            int to = Math.min(texts.size(), from + BATCH);
            try (Scope _ = Scope.open()) {
                all.rows(from, to).setInPlace(forward(texts.subList(from, to)).value());
            }
        }
        return all;
    }

    /** The place of the first of the highest tokens. */
    private static int end(int[] text) {
        if (text.length == 0) {
            throw new IllegalArgumentException("a text without tokens");
        }
        int end = 0;
        for (int i = 1; i < text.length; i++) {
            end = text[i] > text[end] ? i : end;
        }
        return end;
    }
}
