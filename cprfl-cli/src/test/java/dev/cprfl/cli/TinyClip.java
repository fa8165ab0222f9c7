package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CLIP text encoder of random weights with two layers, and its vocabulary of 516 tokens: the bytes, "ca", and "at" at the
 * end of a word. Its embeddings are as wide as {@link TinyData} wants them.
 */
record TinyClip(Path folder, Path checkpoint) {

    static final TextConfig CONFIG = new TextConfig(516, 40, 8, 1, 2, 6, TextConfig.Activation.QUICK_GELU);
    static final int START = 514;
    static final int END = 515;

    /** The number of a letter that does not end a word. */
    static int letter(char c) {
        return c - '!';
    }

    static TinyClip write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nc a\na t</w>\n");
        Path checkpoint = folder.resolve("clip.safetensors");
        Map<String, HostTensor> weights = weights();
        weights.put("logit_scale", HostTensor.of(Shape.of(), 1f));
        weights.put("visual.proj", HostTensor.of(Shape.of(1), 1f));
        Safetensors.write(checkpoint, weights, Map.of());
        return new TinyClip(folder, checkpoint);
    }

    /** By OpenAI's names; the map can be changed. */
    static Map<String, HostTensor> weights() {
        try (Backend backend = Backends.open("reference", 1)) {
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            // To float, as files have it.
            StateDict.export(new TextEncoder(CONFIG, new Initializer(backend, Rng.of(5))))
                    .forEach((name, tensor) -> weights.put(name, HostTensor.of(tensor.shape(), tensor.toFloats())));
            return weights;
        }
    }

    /** W of texts, computed without any command. */
    static double[] embed(TextConfig.Activation activation, int[]... texts) {
        try (Backend backend = Backends.open("reference", 1)) {
            TextEncoder encoder = new TextEncoder(
                    new TextConfig(CONFIG.vocabulary(), CONFIG.context(), CONFIG.width(), CONFIG.heads(),
                            CONFIG.layers(),
                            CONFIG.textDim(), activation),
                    Initializer.unset(backend));
            StateDict.load(encoder, weights());
            return encoder.forward(List.of(texts)).value().toDoubles();
        }
    }

    /** The same weights as Hugging Face names and keeps them. */
    static Map<String, HostTensor> huggingFace() {
        Map<String, HostTensor> theirs = new LinkedHashMap<>();
        weights().forEach((name, tensor) -> {
            String below = name.replace("transformer.resblocks.", "text_model.encoder.layers.")
                    .replace(".ln_", ".layer_norm").replace(".mlp.c_fc", ".mlp.fc1").replace(".mlp.c_proj", ".mlp.fc2");
            switch (name) {
                case "token_embedding.weight" -> theirs.put("text_model.embeddings." + name, tensor);
                case "positional_embedding" -> theirs.put("text_model.embeddings.position_embedding.weight", tensor);
                case "ln_final.weight", "ln_final.bias" ->
                    theirs.put(name.replace("ln_final", "text_model.final_layer_norm"), tensor);
                case "text_projection" -> theirs.put("text_projection.weight", turned(tensor));
                default -> {
                    if (name.contains(".attn.in_proj_")) {
                        for (int part = 0; part < 3; part++) {
                            theirs.put(below.replace(".attn.in_proj_", ".self_attn." + "qkv".charAt(part) + "_proj."),
                                    third(tensor, part));
                        }
                    } else {
                        theirs.put(below.replace(".attn.", ".self_attn."), tensor);
                    }
                }
            }
        });
        theirs.put("text_model.embeddings.position_ids", HostTensor.of(Shape.of(1, 1), 0L));
        theirs.put("vision_model.embeddings.class_embedding", HostTensor.of(Shape.of(1), 1f));
        return theirs;
    }

    private static HostTensor third(HostTensor joined, int part) {
        float[] all = joined.toFloats();
        int length = all.length / 3;
        return HostTensor.of(joined.shape().with(0, joined.shape().extent(0) / 3),
                Arrays.copyOfRange(all, part * length, (part + 1) * length));
    }

    private static HostTensor turned(HostTensor matrix) {
        int rows = matrix.shape().extent(0);
        int columns = matrix.shape().extent(1);
        float[] from = matrix.toFloats();
        float[] to = new float[from.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                to[column * rows + row] = from[row * columns + column];
            }
        }
        return HostTensor.of(Shape.of(columns, rows), to);
    }
}
