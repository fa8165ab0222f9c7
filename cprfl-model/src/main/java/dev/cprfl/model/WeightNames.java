package dev.cprfl.model;

import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How others name their weights, and how they are named here. A rule renames everything below a module; {@code #} stands for a
 * number. Inside the backbone most agree: {@code conv1.weight}, {@code layer1.0.bn1.running_mean}.
 */
public final class WeightNames {

    /** The names of a module below {@code own} here, and below {@code other} elsewhere; "" is the whole network. */
    private record Rule(String own, String other) {

        static String rename(String name, String from, String to) {
            int number = from.indexOf('#');
            if (!name.startsWith(number < 0 ? from : from.substring(0, number))) {
                return null; // most names and rules part here already
            }
            String start = from.isEmpty() ? "()" : Pattern.quote(from).replace("#", "\\E(\\d+)\\Q") + "()(?=\\.|$)\\.?";
            Matcher matcher = Pattern.compile(start + "(.*)").matcher(name);
            if (!matcher.matches()) {
                return null;
            }
            String below = matcher.group(matcher.groupCount());
            String module = to.replace("#", matcher.group(1));
            return module.isEmpty() || below.isEmpty() ? module + below : module + "." + below;
        }
    }

    /**
     * Whose names they are.
     *
     * @param sign the name of a weight that no other network has
     * @param rules the first that fits renames; a name that none fits stays
     * @param unused beginnings of names that have no place here
     */
    private record Dialect(String sign, List<Rule> rules, List<String> unused) {

        <T> boolean speaks(Map<String, T> weights) {
            return weights.containsKey(sign) || weights.containsKey(PARALLEL + sign);
        }

        String own(String other) {
            for (Rule rule : rules) {
                String own = Rule.rename(other, rule.other(), rule.own());
                if (own != null) {
                    return own;
                }
            }
            return other;
        }
    }

    /** What PyTorch's DataParallel puts before every name. */
    private static final String PARALLEL = "module.";

    // ---- the whole model ----------------------------------------------------------------------------------------------

    /** The authors' model. Its text encoder has OpenAI's names, as here. */
    private static final Dialect AUTHORS = new Dialect("", List.of(
            new Rule("backbone.conv1", "Backbone.0"),
            new Rule("backbone.bn1", "Backbone.1"),
            new Rule("backbone.layer1", "Backbone.4"),
            new Rule("backbone.layer2", "Backbone.5"),
            new Rule("backbone.layer3", "Backbone.6"),
            new Rule("backbone.layer4", "Backbone.7"),
            new Rule("tokens", "fc.0"),
            new Rule("prompt_initializer.hidden", "label_emb.0"),
            new Rule("prompt_initializer.output", "label_emb.3"),
            new Rule("interaction.#.attention_norm", "attention.layers.#.0.norm"),
            new Rule("interaction.#.to_qkv", "attention.layers.#.0.fn.to_qkv"),
            new Rule("interaction.#.to_out", "attention.layers.#.0.fn.to_out.0"),
            new Rule("interaction.#.mlp_norm", "attention.layers.#.1.norm"),
            new Rule("interaction.#.mlp_hidden", "attention.layers.#.1.fn.net.0"),
            new Rule("interaction.#.mlp_output", "attention.layers.#.1.fn.net.3")), List.of());

    // ---- a backbone alone ---------------------------------------------------------------------------------------------

    /** The parts of an OpenAI CLIP around its two towers, and what its files say besides. */
    private static final List<String> AROUND_CLIP = List.of("logit_scale", "logit_bias", "input_resolution",
            "context_length", "vocab_size");

    private static final List<Dialect> BACKBONES = List.of(
            // torchvision and timm
            new Dialect("conv1.weight", List.of(new Rule("backbone", "")), List.of("fc.", "attnpool.")),
            // OpenAI's and open_clip's CLIP with a ResNet
            new Dialect("visual.layer1.0.conv1.weight", List.of(new Rule("backbone", "visual")),
                    with(AROUND_CLIP, "visual.attnpool.", "transformer.", "token_embedding.", "positional_embedding",
                            "ln_final.", "text_projection", "text.")),
            // timm's ResNets of CLIP
            new Dialect("stem.conv1.conv.weight", timmClip(), List.of("head.")));

    private static List<Rule> timmClip() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            rules.add(new Rule("backbone.conv" + i, "stem.conv" + i + ".conv"));
            rules.add(new Rule("backbone.bn" + i, "stem.conv" + i + ".bn"));
        }
        for (int stage = 0; stage < 4; stage++) {
            String own = "backbone.layer" + (stage + 1) + ".#.";
            String timm = "stages." + stage + ".#.";
            rules.add(new Rule(own + "conv1", timm + "conv1_1x1.conv"));
            rules.add(new Rule(own + "bn1", timm + "conv1_1x1.bn"));
            rules.add(new Rule(own + "conv2", timm + "conv2_kxk.conv"));
            rules.add(new Rule(own + "bn2", timm + "conv2_kxk.bn"));
            rules.add(new Rule(own + "conv3", timm + "conv3_1x1.conv"));
            rules.add(new Rule(own + "bn3", timm + "conv3_1x1.bn"));
            rules.add(new Rule(own + "downsample.0", timm + "shortcut.conv.conv"));
            rules.add(new Rule(own + "downsample.1", timm + "shortcut.conv.bn"));
        }
        return rules;
    }

    // ---- a text encoder of CLIP: OpenAI's names are the own ones -------------------------------------------------------

    private static final List<Dialect> TEXT_ENCODERS = List.of(
            // OpenAI, and open_clip's models of the same build
            new Dialect("token_embedding.weight", List.of(), with(AROUND_CLIP, "visual.", "attn_mask")),
            // open_clip's newer models
            new Dialect("text.token_embedding.weight", List.of(new Rule("", "text")),
                    with(AROUND_CLIP, "visual.", "text.attn_mask")),
            // Hugging Face's CLIPModel, CLIPTextModel and CLIPTextModelWithProjection; the projection is a Linear there,
            // and queries, keys and values have a layer each
            new Dialect("text_model.embeddings.token_embedding.weight", List.of(
                    new Rule("token_embedding", "text_model.embeddings.token_embedding"),
                    new Rule("positional_embedding", "text_model.embeddings.position_embedding.weight"),
                    new Rule("transformer.resblocks.#.attn.q_proj", "text_model.encoder.layers.#.self_attn.q_proj"),
                    new Rule("transformer.resblocks.#.attn.k_proj", "text_model.encoder.layers.#.self_attn.k_proj"),
                    new Rule("transformer.resblocks.#.attn.v_proj", "text_model.encoder.layers.#.self_attn.v_proj"),
                    new Rule("transformer.resblocks.#.attn.out_proj", "text_model.encoder.layers.#.self_attn.out_proj"),
                    new Rule("transformer.resblocks.#.ln_1", "text_model.encoder.layers.#.layer_norm1"),
                    new Rule("transformer.resblocks.#.ln_2", "text_model.encoder.layers.#.layer_norm2"),
                    new Rule("transformer.resblocks.#.mlp.c_fc", "text_model.encoder.layers.#.mlp.fc1"),
                    new Rule("transformer.resblocks.#.mlp.c_proj", "text_model.encoder.layers.#.mlp.fc2"),
                    new Rule("ln_final", "text_model.final_layer_norm"),
                    new Rule("text_projection", "text_projection")),
                    with(AROUND_CLIP, "vision_model.", "visual_projection.", "text_model.embeddings.position_ids")),
            // the authors' model, and a run of this project whose text encoder was trained
            new Dialect("text_encoder.token_embedding.weight", List.of(new Rule("", "text_encoder")),
                    List.of("Backbone.", "fc.", "label_emb.", "attention.", "backbone.", "tokens.",
                            "prompt_initializer.", "interaction.")));

    private WeightNames() {}

    private static List<String> with(List<String> some, String... more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    /**
     * The same weights under the names of this project. They may come under these names already, under those of the authors'
     * model, or, for a backbone alone, under those of torchvision, timm, OpenAI or open_clip, whose classifiers, poolings and
     * text encoders are left out; each with or without {@code module.} in front. A name that nobody knows stays.
     *
     * @throws UserException if two weights get one name
     */
    public static <T> Map<String, T> toOwn(Map<String, T> weights) {
        return translate(BACKBONES.stream().filter(one -> one.speaks(weights)).findFirst().orElse(AUTHORS), weights);
    }

    /**
     * The weights of CLIP's text encoder under OpenAI's names. They may come under these, under those of open_clip, of Hugging
     * Face, or of the authors' model. What belongs to other parts of the network is left out; a name that nobody knows stays.
     *
     * @return empty if there is no text encoder among the weights
     * @throws UserException if two weights get one name
     */
    public static <T> Map<String, T> toTextEncoder(Map<String, T> weights) {
        return TEXT_ENCODERS.stream().filter(one -> one.speaks(weights)).findFirst()
                .map(dialect -> translate(dialect, weights)).orElse(Map.of());
    }

    private static <T> Map<String, T> translate(Dialect dialect, Map<String, T> weights) {
        Map<String, T> own = new LinkedHashMap<>();
        weights.forEach((name, weight) -> {
            String bare = name.startsWith(PARALLEL) ? name.substring(PARALLEL.length()) : name;
            if (dialect.unused.stream().anyMatch(bare::startsWith)) {
                return;
            }
            String renamed = dialect.own(bare);
            if (own.put(renamed, weight) != null) {
                throw new UserException("two weights are named " + renamed + "; one comes as " + name);
            }
        });
        return own;
    }

    /** The own name of a weight of the authors' model; a name that is none of theirs stays. */
    public static String fromOfficial(String official) {
        return AUTHORS.own(official);
    }

    /** The name of a weight in the authors' model; a name without counterpart stays. */
    public static String toOfficial(String own) {
        for (Rule rule : AUTHORS.rules) {
            String official = Rule.rename(own, rule.own(), rule.other());
            if (official != null) {
                return official;
            }
        }
        return own;
    }
}
