package dev.cprfl.model.training;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import dev.cprfl.tensor.io.FileErrors;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run with a trained text encoder keeps besides the weights, in {@code prompts.json}: with it the run needs neither the
 * CLIP checkpoint nor its vocabulary again.
 *
 * @param template the sentence around a class name
 * @param tokens of each class's sentence
 * @param heads of the text encoder
 * @param activation of the text encoder
 */
public record TextPrompts(String template, List<List<Integer>> tokens, int heads, TextConfig.Activation activation) {

    private static final String FILE = "prompts.json";
    private static final String ENCODER = "text_encoder.";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Null where the run has none. */
    static TextPrompts read(Path run) {
        Path file = run.resolve(FILE);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return JSON.readValue(Files.readString(file), TextPrompts.class);
        } catch (IOException | JacksonException e) {
            throw new UserException(file + ": cannot be read; the run is damaged", e);
        }
    }

    /** @param prompts null where the run has none; what one that ended before its first checkpoint left then goes away */
    static void write(TextPrompts prompts, Path run) {
        Path file = run.resolve(FILE);
        if (prompts != null) {
            AtomicFile.write(file, JSON.writeValueAsBytes(prompts));
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UserException("cannot remove " + file + ": " + FileErrors.reason(e), e);
        }
    }

    /** The tokens as the text encoder takes them. */
    public List<int[]> arrays() {
        return tokens.stream().map(text -> text.stream().mapToInt(Integer::intValue).toArray()).toList();
    }

    /** A text encoder of the size of that in a checkpoint of a run. */
    TextEncoder encoder(Safetensors weights, Initializer initializer) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        weights.tensors().forEach((name, tensor) -> {
            if (name.startsWith(ENCODER)) {
                shapes.put(name.substring(ENCODER.length()), tensor.shape());
            }
        });
        try {
            return new TextEncoder(TextConfig.of(shapes, heads, activation), initializer);
        } catch (UserException e) {
            throw new UserException(weights.file() + ": " + e.getMessage(), e);
        }
    }
}
