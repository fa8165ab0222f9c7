package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** CLIP's text encoder (E2) in PyTorch on our weights, computed as OpenAI's code does: all positions of the context. */
final class TorchText {

    private final TextConfig config;
    private final Map<String, NDArray> named = new HashMap<>();
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
        model.namedParameters().forEach((name, parameter) -> named.put(name, weights.trained(parameter)));
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
        List<NDArray> all = new ArrayList<>(named.values());
        all.addAll(List.of(tokens, ends, mask));
        return all;
    }

    /** W: [texts, m]. */
    NDArray encode() {
        NDArray x = named.get("token_embedding.weight").get(tokens)
                .reshape(ends.size(), config.context(), config.width())
                .add(named.get("positional_embedding"));
        for (int i = 0; i < config.layers(); i++) {
            x = layer("transformer.resblocks." + i + ".", x);
        }
        NDArray rows = norm("ln_final", x).reshape(-1, config.width()).get(ends);
        return rows.matMul(named.get("text_projection"));
    }

    private NDArray layer(String prefix, NDArray x) {
        NDList qkv = linear(prefix + "attn.in_proj_", norm(prefix + "ln_1", x)).split(3, 2);
        NDArray scores = heads(qkv.get(0)).mul(1 / Math.sqrt((double) config.width() / config.heads()))
                .matMul(heads(qkv.get(1)).transpose(0, 1, 3, 2)).add(mask);
        NDArray attended = scores.softmax(-1).matMul(heads(qkv.get(2))).transpose(0, 2, 1, 3).reshape(x.getShape());
        NDArray y = x.add(linear(prefix + "attn.out_proj.", attended));
        NDArray hidden = linear(prefix + "mlp.c_fc.", norm(prefix + "ln_2", y));
        return y.add(linear(prefix + "mlp.c_proj.", hidden.mul(Activation.sigmoid(hidden.mul(1.702)))));
    }

    /** [texts, context, width] to [texts, heads, context, width / heads]. */
    private NDArray heads(NDArray x) {
        return x.reshape(x.getShape().get(0), x.getShape().get(1), config.heads(), -1).transpose(0, 2, 1, 3);
    }

    private NDArray linear(String prefix, NDArray x) {
        return Linear.linear(x, named.get(prefix + "weight"), named.get(prefix + "bias")).singletonOrThrow();
    }

    private NDArray norm(String name, NDArray x) {
        return LayerNorm.layerNorm(x, new Shape(config.width()), named.get(name + ".weight"), named.get(name + ".bias"),
                (float) dev.cprfl.autograd.nn.LayerNorm.EPS).singletonOrThrow();
    }
}
