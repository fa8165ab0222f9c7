package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import java.util.HashMap;
import java.util.Map;

/** Arrays by the names of our weights, and the layers that transformers made of them share. */
final class TorchLayers {

    final Map<String, NDArray> named = new HashMap<>();

    /** @param prefix what stands before {@code weight} and {@code bias} */
    NDArray linear(String prefix, NDArray x) {
        return Linear.linear(x, named.get(prefix + "weight"), named.get(prefix + "bias")).singletonOrThrow();
    }

    NDArray norm(String name, NDArray x) {
        NDArray weight = named.get(name + ".weight");
        return LayerNorm.layerNorm(x, weight.getShape(), weight, named.get(name + ".bias"),
                (float) dev.cprfl.autograd.nn.LayerNorm.EPS).singletonOrThrow();
    }

    /** [B, T, H e] to [B, H, T, e]. */
    static NDArray heads(NDArray x, int heads) {
        return x.reshape(x.getShape().get(0), x.getShape().get(1), heads, -1).transpose(0, 2, 1, 3);
    }
}
