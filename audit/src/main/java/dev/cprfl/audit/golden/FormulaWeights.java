package dev.cprfl.audit.golden;

import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Weights and images that are computed from their names, as the README of the golden results defines them. */
final class FormulaWeights {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private FormulaWeights() {}

    static long fnv1a64(String s) {
        long h = 0xCBF29CE484222325L;
        for (byte b : s.getBytes(StandardCharsets.UTF_8)) {
            h = (h ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return h;
    }

    static long splitmix64(long x) {
        long z = x + GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Uniform in [0, 1). */
    private static double u(long hash, long i) {
        return (splitmix64(hash + i * GOLDEN_GAMMA) >>> 40) * 0x1p-24;
    }

    /** offset + scale (2u - 1) for each number. */
    static HostTensor tensor(String name, Shape shape, double offset, double scale) {
        long hash = fnv1a64(name);
        float[] values = new float[shape.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (offset + scale * (2 * u(hash, i) - 1));
        }
        return HostTensor.of(shape, values);
    }

    /** An image batch [B, 3, H, W]: fine noise on coarse noise. */
    static HostTensor image(String name, Shape shape) {
        int height = shape.extent(2);
        int width = shape.extent(3);
        int coarseHeight = Math.ceilDiv(height, 32);
        int coarseWidth = Math.ceilDiv(width, 32);
        long fine = fnv1a64(name);
        long coarse = fnv1a64(name + "/low");
        float[] values = new float[shape.length()];
        for (int i = 0; i < values.length; i++) {
            int plane = i / (height * width);
            int y = i / width % height;
            int x = i % width;
            int j = (plane * coarseHeight + y / 32) * coarseWidth + x / 32;
            values[i] = (float) (0.5 * u(fine, i) + 0.5 * u(coarse, j));
        }
        return HostTensor.of(shape, values);
    }

    /**
     * Fills a network.
     *
     * @param officialName from a name of the network to the one that is hashed after the prefix
     * @param smallBlockNorms whether the last normalisation of each bottleneck gets small weights
     */
    static void fill(Module network, String prefix, UnaryOperator<String> officialName, boolean smallBlockNorms) {
        Map<String, HostTensor> state = StateDict.export(network);
        Map<String, HostTensor> filled = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            if (name.equals("text_features") || name.endsWith("num_batches_tracked")) {
                filled.put(name, tensor);
                return;
            }
            String hashed = prefix + officialName.apply(name);
            Shape shape = tensor.shape();
            HostTensor weight = state.get(name.substring(0, name.lastIndexOf('.') + 1) + "weight");
            boolean ofNorm = shape.rank() == 1 && weight != null && weight.shape().rank() == 1;
            filled.put(name, switch (name.substring(name.lastIndexOf('.') + 1)) {
                case "running_mean" -> tensor(hashed, shape, 0, 0.05);
                case "running_var" -> tensor(hashed, shape, 1, 0.2);
                case "bias", "in_proj_bias" -> tensor(hashed, shape, 0, ofNorm ? 0.05 : 0.02);
                case "positional_embedding" -> tensor(hashed, shape, 0, 0.05);
                case "text_projection" -> tensor(hashed, shape, 0, Math.sqrt(3.0 / shape.extent(0)));
                default -> name.equals("token_embedding.weight")
                        ? tensor(hashed, shape, 0, 0.05)
                        : ofNorm
                                ? normWeight(hashed, shape, smallBlockNorms && name.endsWith("bn3.weight"))
                                : tensor(hashed, shape, 0, Math.sqrt(3.0 / shape.length(1, shape.rank())));
            });
        });
        StateDict.load(network, filled);
    }

    private static HostTensor normWeight(String name, Shape shape, boolean small) {
        if (!small) {
            return tensor(name, shape, 1, 0.1);
        }
        long hash = fnv1a64(name);
        float[] values = new float[shape.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.2 * (1 + 0.1 * (2 * u(hash, i) - 1)));
        }
        return HostTensor.of(shape, values);
    }
}
