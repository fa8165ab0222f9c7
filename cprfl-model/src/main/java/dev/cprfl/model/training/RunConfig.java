package dev.cprfl.model.training;

import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.NearestName;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.StrictYaml;
import dev.cprfl.model.data.Augmentation;
import dev.cprfl.model.data.Cutout;
import dev.cprfl.model.data.HorizontalFlip;
import dev.cprfl.model.data.Loader;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.model.data.RandAugment;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The configuration of a run. {@code defaults.yaml} beside this class lists and explains every key. A profile, a preset, the
 * run's own file and {@code --set} change single keys of it, in this order. An unknown key is an error that names the nearest
 * known one.
 *
 * @param backbone name of a ResNet, or an object with block, layers and width
 * @param promptHiddenRatio tau
 */
public record RunConfig(JsonNode backbone, int imageSize, int jointDim, int textDim, double promptHiddenRatio,
        int heads,
        int headDim, int mlpDim, int depth, double dropout, String head, String promptInit, String cutPath,
        String profile,
        String textEncoder, String normalisation, String selection, double validationFraction, Loss loss,
        AugmentationSettings augmentation, Data data, Training training) {

    /** The loss, one of {@link #LOSSES}, and the settings of each of them. */
    public record Loss(String name, double gammaPos, double gammaNeg, double clip, double eps, String reduction,
            boolean detachFocus, double gamma, double balance, double scale, double cbBeta, double mapAlpha,
            double mapBeta, double mapGamma, double negScale, double initBias) {}

    /** What is done to a training image. */
    public record AugmentationSettings(double flip, double cutout, boolean randAugment) {}

    /** How images are read. */
    public record Data(boolean exifOrientation, int workers, int cacheMegabytes, boolean skipBad) {}

    /**
     * Optimizer, schedule and bookkeeping.
     *
     * @param totalSteps a number, or "auto"
     */
    public record Training(double lr, double weightDecay, int batchSize, int epochs, String totalSteps, double pctStart,
            double divFactor, double finalDivFactor, boolean cycleMomentum, double baseMomentum, double maxMomentum,
            double beta2, double eps, double emaDecay, double backboneLrFactor, boolean dropLast, int evaluateEvery,
            int checkpointSteps, int pathsEvery, long seed) {}

    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private static final List<String> BACKBONE_KEYS = List.of("block", "layers", "width");

    /** Names of the presets that come with the project: files {@code preset-NAME.yaml} beside this class. */
    public static final List<String> PRESETS = List.of("demo", "small", "voc-lt", "coco-lt");

    /** Names of the losses: the values of {@code loss.name}. */
    public static final List<String> LOSSES = LossChoice.NAMES;

    /** The defaults, which are the paper's recipe. */
    public static RunConfig defaults() {
        return load(null, null, List.of());
    }

    /**
     * The defaults as changed by a preset, a file and single settings.
     *
     * @param preset one of {@link #PRESETS}, or null
     * @param file a YAML file, or null
     * @param settings texts {@code key=value} with dotted keys, such as {@code training.lr=1e-4}
     * @throws UserException if a file cannot be read, a key is unknown or a value does not fit
     */
    public static RunConfig load(String preset, Path file, List<String> settings) {
        ObjectNode changes = YAML.createObjectNode();
        if (preset != null) {
            if (!PRESETS.contains(preset)) {
                throw new UserException("no preset " + preset + ": choose one of " + String.join(", ", PRESETS));
            }
            merge(changes, resource("preset-" + preset + ".yaml"));
        }
        if (file != null) {
            merge(changes, (ObjectNode) StrictYaml.parse(file));
        }
        for (String setting : settings) {
            merge(changes, parse(setting));
        }
        ObjectNode all = resource("defaults.yaml");
        String source = file == null ? "configuration" : file.toString();
        requireKnown(all, changes, "", source);
        if (changes.path("profile").asString("").equals("official-code")) {
            merge(all, resource("official-code.yaml"));
        }
        merge(all, changes);
        return bind(all, source);
    }

    private static RunConfig bind(ObjectNode all, String source) {
        RunConfig config = StrictYaml.bind(all, RunConfig.class, source);
        config.validate(source);
        return config;
    }

    private static ObjectNode resource(String name) {
        try (InputStream in = RunConfig.class.getResourceAsStream(name)) {
            return (ObjectNode) YAML.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** {@code a.b=value} as the tree {@code {a: {b: value}}}. */
    private static ObjectNode parse(String setting) {
        int equals = setting.indexOf('=');
        if (equals < 1) {
            throw new UserException("--set " + setting + ": write it as key=value, such as training.lr=1e-4");
        }
        JsonNode value;
        try {
            value = YAML.readTree(setting.substring(equals + 1));
        } catch (JacksonException e) {
            value = StringNode.valueOf(setting.substring(equals + 1));
        }
        String[] keys = setting.substring(0, equals).strip().split("\\.", -1);
        ObjectNode tree = YAML.createObjectNode();
        ObjectNode inner = tree;
        for (int i = 0; i < keys.length - 1; i++) {
            inner = inner.putObject(keys[i]);
        }
        inner.set(keys[keys.length - 1], value);
        return tree;
    }

    private static void merge(ObjectNode into, ObjectNode changes) {
        for (Map.Entry<String, JsonNode> change : changes.properties()) {
            JsonNode old = into.get(change.getKey());
            if (old instanceof ObjectNode group && change.getValue() instanceof ObjectNode part) {
                merge(group, part);
            } else {
                into.set(change.getKey(), change.getValue().deepCopy());
            }
        }
    }

    private static void requireKnown(ObjectNode known, ObjectNode changes, String prefix, String source) {
        for (Map.Entry<String, JsonNode> change : changes.properties()) {
            String key = change.getKey();
            JsonNode expected = known.get(key);
            if (expected == null) {
                throw new UserException(source + ": unknown key " + prefix + key
                        + NearestName.hint(key, known.propertyNames().stream().toList()));
            }
            if (key.equals("backbone")) {
                continue;
            }
            boolean group = expected instanceof ObjectNode;
            if (group != change.getValue() instanceof ObjectNode) {
                throw new UserException(source + ": " + prefix + key
                        + (group
                                ? " is a group of keys, such as " + prefix + key
                                        + "." + expected.propertyNames().iterator().next()
                                : " is a single value"));
            }
            if (group) {
                requireKnown((ObjectNode) expected, (ObjectNode) change.getValue(), prefix + key + ".", source);
            }
        }
    }

    private void validate(String source) {
        require(imageSize >= 32, source, "imageSize", "at least 32 pixels", imageSize);
        require(jointDim > 0 && textDim > 0 && heads > 0 && headDim > 0 && mlpDim > 0 && depth > 0, source,
                "jointDim, textDim, heads, headDim, mlpDim and depth", "positive",
                List.of(jointDim, textDim, heads, headDim, mlpDim, depth));
        require(promptHiddenRatio > 0, source, "promptHiddenRatio", "positive", promptHiddenRatio);
        require(dropout >= 0 && dropout < 1, source, "dropout", "in [0, 1)", dropout);
        require(validationFraction > 0 && validationFraction < 1, source, "validationFraction", "between 0 and 1",
                validationFraction);
        oneOf(source, "head", head, "vsi", "linear");
        oneOf(source, "promptInit", promptInit, "mlp", "linear", "random");
        oneOf(source, "cutPath", cutPath, "none", "direct", "indirect", "features");
        oneOf(source, "profile", profile, "paper", "official-code");
        oneOf(source, "textEncoder", textEncoder, "frozen", "trained");
        oneOf(source, "normalisation", normalisation, "imagenet", "clip", "none");
        oneOf(source, "selection", selection, "validation", "test", "last");
        oneOf(source, "loss.name", loss.name, LOSSES.toArray(String[]::new));
        oneOf(source, "loss.reduction", loss.reduction, "mean", "sum");
        require(loss.gammaPos >= 0 && loss.gammaNeg >= 0, source, "loss.gammaPos and loss.gammaNeg", "not negative",
                List.of(loss.gammaPos, loss.gammaNeg));
        require(loss.clip >= 0 && loss.clip < 1, source, "loss.clip", "in [0, 1)", loss.clip);
        require(loss.gamma >= 0, source, "loss.gamma", "not negative", loss.gamma);
        require(loss.balance > 0 && loss.scale > 0, source, "loss.balance and loss.scale", "positive",
                List.of(loss.balance, loss.scale));
        require(loss.cbBeta >= 0 && loss.cbBeta < 1, source, "loss.cbBeta", "in [0, 1)", loss.cbBeta);
        require(loss.mapAlpha >= 0 && loss.mapBeta > 0, source, "loss.mapAlpha and loss.mapBeta",
                "not negative and positive", List.of(loss.mapAlpha, loss.mapBeta));
        require(loss.negScale >= 1, source, "loss.negScale", "at least 1", loss.negScale);
        require(augmentation.cutout >= 0 && augmentation.cutout <= 1, source, "augmentation.cutout", "in [0, 1]",
                augmentation.cutout);
        require(augmentation.flip >= 0 && augmentation.flip <= 1, source, "augmentation.flip", "in [0, 1]",
                augmentation.flip);
        Training t = training;
        require(t.lr > 0, source, "training.lr", "positive", t.lr);
        require(t.batchSize > 0 && t.epochs > 0 && t.evaluateEvery > 0, source,
                "training.batchSize, epochs and evaluateEvery", "positive",
                List.of(t.batchSize, t.epochs, t.evaluateEvery));
        require(t.pathsEvery >= 0, source, "training.pathsEvery", "not negative", t.pathsEvery);
        require(t.emaDecay >= 0 && t.emaDecay < 1, source, "training.emaDecay", "in [0, 1)", t.emaDecay);
        require(t.totalSteps.equals("auto") || t.totalSteps.matches("[1-9][0-9]{0,8}"), source, "training.totalSteps",
                "a number of steps or auto", t.totalSteps);
    }

    private static void require(boolean holds, String source, String key, String rule, Object value) {
        if (!holds) {
            throw new UserException(source + ": " + key + " must be " + rule + ", is " + value);
        }
    }

    private static void oneOf(String source, String key, String value, String... allowed) {
        require(List.of(allowed).contains(value), source, key, "one of " + String.join(", ", allowed), value);
    }

    /**
     * The network's sizes and switches.
     *
     * @throws UserException if the backbone is unknown or a size makes no sense
     */
    public CprflConfig network() {
        return new CprflConfig(resNet(), jointDim, textDim, promptHiddenRatio, heads, headDim, mlpDim, depth, dropout,
                PromptInit.valueOf(promptInit.toUpperCase(Locale.ROOT)),
                CutPath.valueOf(cutPath.toUpperCase(Locale.ROOT)));
    }

    /** Whether the network reads what its classes are called. */
    public boolean readsText() {
        return head.equals("vsi") && !promptInit.equals("random");
    }

    /** @throws UserException if the backbone is not a known name or a whole description */
    public ResNetConfig resNet() {
        if (backbone.isString()) {
            return ResNetConfig.named(backbone.asString());
        }
        for (String key : backbone.propertyNames()) {
            if (!BACKBONE_KEYS.contains(key)) {
                throw new UserException("unknown key backbone." + key + NearestName.hint(key, BACKBONE_KEYS));
            }
        }
        try {
            return YAML.readerFor(ResNetConfig.class).readValue(upperCaseBlock());
        } catch (JacksonException e) {
            throw new UserException(
                    "backbone must be a name such as resnet101, or {block: basic, bottleneck or clip, layers: "
                            + "[1, 1, 1, 1], width: 8}, is " + backbone);
        }
    }

    private JsonNode upperCaseBlock() {
        JsonNode copy = backbone.deepCopy();
        if (copy instanceof ObjectNode object) {
            object.put("block", object.path("block").asString("").toUpperCase(Locale.ROOT));
        }
        return copy;
    }

    /**
     * The loss to train with.
     *
     * @param frequencies from the training lists, or null where there are none
     * @throws UserException if the loss needs frequencies and there are none
     */
    public dev.cprfl.model.loss.Loss lossFunction(ClassFrequencies frequencies) {
        return LossChoice.of(loss, frequencies);
    }

    /** What is done to a training image, in the authors' order: cutout before RandAugment. */
    public Augmentation imageAugmentation() {
        Augmentation all = Augmentation.NONE;
        if (augmentation.flip > 0) {
            all = all.then(new HorizontalFlip(augmentation.flip));
        }
        if (augmentation.cutout > 0) {
            all = all.then(new Cutout(augmentation.cutout));
        }
        return augmentation.randAugment ? all.then(RandAugment.authors()) : all;
    }

    public Normalization normalization() {
        return Normalization.valueOf(normalisation.toUpperCase(Locale.ROOT));
    }

    /** Threads that read images. */
    public int loaderThreads() {
        return data.workers == 0 ? Runtime.getRuntime().availableProcessors() : data.workers;
    }

    /** How images are loaded for evaluation. */
    public Loader.Settings evaluationSettings() {
        return Loader.Settings.inOrder(training.batchSize, imageSize, normalization(), loaderThreads());
    }

    /** The whole configuration as YAML, to be kept beside a run and read again. */
    public String toYaml() {
        return YAML.writeValueAsString(this);
    }

    /** The whole configuration as nested maps, for reports. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> toMap() {
        return YAML.convertValue(this, Map.class);
    }
}
