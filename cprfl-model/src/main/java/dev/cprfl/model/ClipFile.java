package dev.cprfl.model;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextConfig.Activation;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The text encoder in a CLIP checkpoint of OpenAI, open_clip, Hugging Face, or of a model that was trained with one
 * ({@link WeightNames}).
 *
 * @param file the checkpoint
 * @param config its size
 * @param weights by OpenAI's names
 * @param told whether somebody, or a file beside the checkpoint, told the activation; else it is taken to be OpenAI's
 */
public record ClipFile(Path file, TextConfig config, Map<String, HostTensor> weights, boolean told) {

    /**
     * What the weights do not tell.
     *
     * @param heads 0 to look it up
     * @param activation null to look it up
     */
    public record Settings(int heads, Activation activation) {

        /** All is looked up. */
        public static final Settings AUTO = new Settings(0, null);

        private Settings or(int otherHeads, Activation otherActivation) {
            return new Settings(heads > 0 ? heads : otherHeads, activation == null ? otherActivation : activation);
        }
    }

    private static final String PROJECTION = "text_projection";

    /**
     * Opens a checkpoint. What {@code settings} leave open is read from Hugging Face's {@code config.json} or open_clip's
     * {@code open_clip_config.json} in its folder; without these it is as in OpenAI's models.
     *
     * @throws UserException if a file cannot be read or holds no text encoder of CLIP
     */
    public static ClipFile open(Path file, Settings settings) {
        Map<String, HostTensor> weights = joined(file, WeightNames.toTextEncoder(WeightFile.open(file).tensors()));
        if (weights.isEmpty()) {
            throw new UserException(
                    file + " holds no text encoder of CLIP under the names of OpenAI, open_clip, Hugging "
                            + "Face or the authors' model (no token_embedding)");
        }
        Settings found = beside(file.toAbsolutePath().getParent(), settings);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        weights.forEach((name, weight) -> shapes.put(name, weight.shape()));
        try {
            return new ClipFile(file, TextConfig.of(shapes, found.heads,
                    found.activation == null ? Activation.QUICK_GELU : found.activation), weights,
                    found.activation != null);
        } catch (UserException e) {
            throw new UserException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The text encoder with the checkpoint's weights.
     *
     * @param partial whether tensors may be missing, left over or of another shape; what is missing starts as the initializer
     *     says
     * @param remark hears what was used, missing and left over
     * @throws UserException if they may not but are
     */
    public TextEncoder encoder(Initializer initializer, boolean partial, Consumer<String> remark) {
        TextEncoder encoder = new TextEncoder(config, partial ? initializer : Initializer.unset(initializer.backend()));
        StateDict.Report report = StateDict.loadMatching(encoder, weights);
        if (!partial && !report.complete()) {
            throw new UserException(file + " does not fit a text encoder of CLIP: " + report
                    + "; --partial-weights takes what fits");
        }
        remark.accept("text encoder of " + file + ": " + report);
        return encoder;
    }

    // ---- weights ------------------------------------------------------------------------------------------------------

    /** Hugging Face's layers for queries, keys and values become one, and its projection is turned. */
    private static Map<String, HostTensor> joined(Path file, Map<String, HostTensor> weights) {
        Map<String, HostTensor> joined = new LinkedHashMap<>();
        weights.forEach((name, weight) -> {
            if (name.equals(PROJECTION + ".weight") && weight.shape().rank() == 2) {
                joined.put(PROJECTION, turned(weight));
            } else if (name.contains(".attn.q_proj.")) {
                HostTensor k = part(file, weights, name.replace(".q_proj.", ".k_proj."), weight);
                HostTensor v = part(file, weights, name.replace(".q_proj.", ".v_proj."), weight);
                joined.put(name.replace(".q_proj.", ".in_proj_"), stacked(weight, k, v));
            } else if (!name.contains(".attn.k_proj.") && !name.contains(".attn.v_proj.")) {
                joined.put(name, weight);
            }
        });
        return joined;
    }

    private static HostTensor part(Path file, Map<String, HostTensor> weights, String name, HostTensor q) {
        HostTensor part = weights.get(name);
        if (part == null || !part.shape().equals(q.shape())) {
            throw new UserException(file + ": " + name + (part == null ? " is missing" : " has shape " + part.shape())
                    + ", the queries' has shape " + q.shape());
        }
        return part;
    }

    private static HostTensor stacked(HostTensor... parts) {
        int length = parts[0].length();
        float[] all = new float[parts.length * length];
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i].toFloats(), 0, all, i * length, length);
        }
        return HostTensor.of(parts[0].shape().with(0, parts.length * parts[0].shape().extent(0)), all);
    }

    private static HostTensor turned(HostTensor matrix) {
        int rows = matrix.shape().extent(0);
        int columns = matrix.shape().extent(1);
        float[] from = matrix.toFloats();
        float[] to = new float[from.length];
        for (int i = 0; i < to.length; i++) {
            to[i] = from[i % rows * columns + i / rows];
        }
        return HostTensor.of(Shape.of(columns, rows), to);
    }

    // ---- files beside -------------------------------------------------------------------------------------------------

    private static Settings beside(Path folder, Settings settings) {
        Settings found = settings;
        Path huggingFace = folder.resolve("config.json");
        if (Files.isRegularFile(huggingFace)) {
            JsonNode config = json(huggingFace);
            JsonNode text = config.has("text_config") ? config.get("text_config") : config;
            if (text.has("hidden_act")) {
                found = found.or(text.path("num_attention_heads").asInt(0),
                        settings.activation == null
                                ? activation(huggingFace, text.get("hidden_act").asString(""))
                                : null);
            }
        }
        Path openClip = folder.resolve("open_clip_config.json");
        if (Files.isRegularFile(openClip)) {
            JsonNode model = json(openClip).path("model_cfg");
            found = found.or(model.path("text_cfg").path("heads").asInt(0),
                    model.path("quick_gelu").asBoolean(false) ? Activation.QUICK_GELU : Activation.GELU);
        }
        return found;
    }

    private static Activation activation(Path file, String name) {
        return switch (name) {
            case "quick_gelu" -> Activation.QUICK_GELU;
            case "gelu" -> Activation.GELU;
            default -> throw new UserException(file + ": the activation " + name + " (hidden_act) is not one of "
                    + "quick_gelu, gelu; choose the nearest by --clip-activation");
        };
    }

    private static JsonNode json(Path file) {
        try {
            return JsonMapper.shared().readTree(Files.readString(file));
        } catch (IOException | JacksonException e) {
            throw new UserException(file + " lies beside the checkpoint and is not well-formed JSON", e);
        }
    }
}
