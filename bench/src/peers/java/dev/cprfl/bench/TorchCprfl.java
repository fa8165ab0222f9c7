package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** CPRFL in PyTorch on our weights, computed as the authors' code does: every encoder layer for all tokens. */
final class TorchCprfl {

    private final CprflConfig config;
    private final boolean training;
    private final UnaryOperator<NDArray> backbone;
    private final TorchLayers layers = new TorchLayers();
    private final NDArray text;

    TorchCprfl(Cprfl model, TorchWeights weights, boolean training) {
        this.config = model.config();
        this.training = training;
        backbone = TorchResNet.of(model.backbone(), weights);
        model.namedParameters().forEach((name, parameter) -> {
            if (!name.startsWith("backbone.")) {
                layers.named.put(name, weights.trained(parameter));
            }
        });
        text = weights.constant(model.namedBuffers().get("text_features"), Layout.PLAIN);
    }

    /** What has to be attached to a step's manager beside the images, because a result belongs to its operand's. */
    List<NDArray> operands() {
        return new ArrayList<>(List.of(text));
    }

    /** From images [B, 3, H, W] to logits [B, c]. */
    NDArray logits(NDArray images) {
        NDArray map = backbone.apply(images);
        long batch = images.getShape().get(0);
        NDArray rows = map.reshape(batch, map.getShape().get(1), -1).transpose(0, 2, 1);
        NDArray features = layers.linear("tokens.", rows); // E1
        NDArray hidden = Activation.gelu(layers.linear("prompt_initializer.hidden.", text));
        NDArray prompts = layers.linear("prompt_initializer.output.", hidden); // E3
        NDArray z = features.concat(prompts.expandDims(0).repeat(0, batch), 1); // E4
        for (int i = 0; i < config.depth(); i++) {
            z = encoderLayer("interaction." + i + ".", z);
        }
        NDArray refined = z.get(new NDIndex(":, {}:", features.getShape().get(1)));
        return refined.mul(prompts).sum(new int[]{2}); // E8
    }

    /** E7. */
    private NDArray encoderLayer(String prefix, NDArray z) {
        NDArray attended = attention(prefix, layers.norm(prefix + "attention_norm", z));
        NDArray projected = dropout(layers.linear(prefix + "to_out.", attended));
        NDArray hidden = dropout(
                Activation.gelu(layers.linear(prefix + "mlp_hidden.", layers.norm(prefix + "mlp_norm", projected))));
        return dropout(layers.linear(prefix + "mlp_output.", hidden));
    }

    /** E5. */
    private NDArray attention(String prefix, NDArray u) {
        NDList qkv = Linear.linear(u, layers.named.get(prefix + "to_qkv.weight")).singletonOrThrow().split(3, 2);
        NDArray scores = TorchLayers.heads(qkv.get(0), config.heads())
                .matMul(TorchLayers.heads(qkv.get(1), config.heads()).transpose(0, 1, 3, 2))
                .mul(1 / Math.sqrt(config.headDim()));
        NDArray attended = scores.softmax(-1).matMul(TorchLayers.heads(qkv.get(2), config.heads()))
                .transpose(0, 2, 1, 3);
        return attended.reshape(u.getShape().get(0), u.getShape().get(1), (long) config.heads() * config.headDim());
    }

    private NDArray dropout(NDArray x) {
        return training ? Dropout.dropout(x, (float) config.dropout(), true).singletonOrThrow() : x;
    }
}
