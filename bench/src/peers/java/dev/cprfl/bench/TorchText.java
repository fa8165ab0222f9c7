package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import java.util.ArrayList;
import java.util.List;

/** CLIP's text encoder (E2) in PyTorch on our weights, computed as OpenAI's code does: all positions of the context. */
final class TorchText {

    private final TextConfig config;
    private final TorchLayers layers = new TorchLayers();
    /** [texts * context], what is behind the end token is 0. */
    private final NDArray tokens;
    /** [texts], places of the end tokens among all. */
    private final NDArray ends;
    /** [context, context]: minus infinity where a position is not seen. */
    private final NDArray mask;

    /** @param texts tokens of each text, the last one its end token */
    TorchText(TextEncoder model, TorchWeights weights, NDManager manager, List<int[]> texts) {
        config = model.config();
        int context = config.context();
        model.namedParameters().forEach((name, parameter) -> layers.named.put(name, weights.trained(parameter)));
        int[] padded = new int[texts.size() * context];
        int[] last = new int[texts.size()];
        for (int i = 0; i < last.length; i++) {
            int[] text = texts.get(i);
            System.arraycopy(text, 0, padded, i * context, text.length);
            last[i] = i * context + text.length - 1;
        }
        float[] unseen = new float[context * context];
        for (int i = 0; i < unseen.length; i++) {
            unseen[i] = i % context > i / context ? Float.NEGATIVE_INFINITY : 0;
        }
        tokens = manager.create(padded);
        ends = manager.create(last);
        mask = manager.create(unseen, new Shape(context, context));
    }

    /** What has to be attached to a step's manager, because a result belongs to its operand's. */
    List<NDArray> operands() {
        List<NDArray> all = new ArrayList<>(layers.named.values());
        all.addAll(List.of(tokens, ends, mask));
        return all;
    }

    /** W: [texts, m]. */
    NDArray encode() {
        NDArray x = layers.named.get("token_embedding.weight").get(tokens)
                .reshape(ends.size(), config.context(), config.width())
                .add(layers.named.get("positional_embedding"));
        for (int i = 0; i < config.layers(); i++) {
            x = layer("transformer.resblocks." + i + ".", x);
        }
        NDArray rows = layers.norm("ln_final", x).reshape(-1, config.width()).get(ends);
        return rows.matMul(layers.named.get("text_projection"));
    }

    private NDArray layer(String prefix, NDArray x) {
        NDList qkv = layers.linear(prefix + "attn.in_proj_", layers.norm(prefix + "ln_1", x)).split(3, 2);
        NDArray scores = TorchLayers.heads(qkv.get(0), config.heads())
                .mul(1 / Math.sqrt((double) config.width() / config.heads()))
                .matMul(TorchLayers.heads(qkv.get(1), config.heads()).transpose(0, 1, 3, 2)).add(mask);
        NDArray attended = scores.softmax(-1).matMul(TorchLayers.heads(qkv.get(2), config.heads()))
                .transpose(0, 2, 1, 3).reshape(x.getShape());
        NDArray y = x.add(layers.linear(prefix + "attn.out_proj.", attended));
        NDArray hidden = layers.linear(prefix + "mlp.c_fc.", layers.norm(prefix + "ln_2", y));
        return y.add(layers.linear(prefix + "mlp.c_proj.", hidden.mul(Activation.sigmoid(hidden.mul(1.702)))));
    }
}
