package dev.cprfl.model;

import dev.cprfl.tensor.UserException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of weights here, in the authors' code and in torchvision. A rule renames everything below a module; {@code #} stands
 * for the number of an encoder layer. Inside the backbone all three agree: {@code 0.conv1.weight}, {@code 0.bn1.running_mean}.
 */
public final class WeightNames {

    /** The names of a module below {@code own} here, and below {@code official} in the authors' code. */
    private record Rule(String own, String official) {

        static String rename(String name, String from, String to) {
            Matcher matcher = Pattern.compile(Pattern.quote(from).replace("#", "\\E(\\d+)\\Q") + "(\\..+)")
                    .matcher(name);
            if (!matcher.matches()) {
                return null;
            }
            return matcher.groupCount() == 1
                    ? to + matcher.group(1)
                    : to.replace("#", matcher.group(1)) + matcher.group(2);
        }
    }

    private static final List<Rule> OFFICIAL = List.of(
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
            new Rule("interaction.#.mlp_output", "attention.layers.#.1.fn.net.3"));

    /** What PyTorch's DataParallel puts before every name. */
    private static final String PARALLEL = "module.";
    private static final String BACKBONE = "backbone.";

    private WeightNames() {}

    /**
     * The same weights under the names of this project. They may come under these names already, under those of the authors'
     * model, or under torchvision's for a ResNet, whose classifier {@code fc} is then left out; each with or without
     * {@code module.} in front. A name that nobody knows stays.
     *
     * @throws UserException if two weights get one name
     */
    public static <T> Map<String, T> toOwn(Map<String, T> weights) {
        boolean torchvision = weights.containsKey("conv1.weight") || weights.containsKey(PARALLEL + "conv1.weight");
        Map<String, T> own = new LinkedHashMap<>();
        weights.forEach((name, weight) -> {
            String bare = name.startsWith(PARALLEL) ? name.substring(PARALLEL.length()) : name;
            if (torchvision && bare.startsWith("fc.")) {
                return;
            }
            String renamed = torchvision ? BACKBONE + bare : fromOfficial(bare);
            if (own.put(renamed, weight) != null) {
                throw new UserException("two weights are named " + renamed + "; one comes as " + name);
            }
        });
        return own;
    }

    /** The own name of a weight of the authors' model; a name that is none of theirs stays. */
    public static String fromOfficial(String official) {
        for (Rule rule : OFFICIAL) {
            String own = Rule.rename(official, rule.official(), rule.own());
            if (own != null) {
                return own;
            }
        }
        return official;
    }

    /** The name of a weight in the authors' model; a name without counterpart stays. */
    public static String toOfficial(String own) {
        for (Rule rule : OFFICIAL) {
            String official = Rule.rename(own, rule.own(), rule.official());
            if (official != null) {
                return official;
            }
        }
        return own;
    }
}
