package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.Main;
import dev.cprfl.model.WeightNames;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The command {@code trace}, from files to file, against the authors' code in PyTorch. */
class TraceGoldenTest {

    private static final Golden TINY = Golden.part("cprfl_tiny");
    private static final Golden TRAINING = Golden.part("train_traj");

    @TempDir
    private Path folder;

    static Stream<Arguments> inputs() {
        return Golden.onBackends(true, "tiny", "tiny_text");
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void theForwardPassMatches(String name, String backend) throws IOException {
        String inputs = name + "_inputs";
        String golden = name + "_eval";
        Map<String, HostTensor> traced = trace(inputs, backend, "official");
        Golden.Comparison comparison = TINY.new Comparison(TINY.named(golden), backend.equals("reference"));
        check(comparison, traced,
                Map.of("features", "backbone", "P", "prompts", "P_prime", "refined", "logits", "logits"));
        comparison.verify();
    }

    static Stream<Arguments> steps() {
        return Golden.onBackends(true, "tiny_train_dual", "tiny_train_no_cls_grad", "tiny_train_no_feature_grad",
                "tiny_eval_grad");
    }

    @ParameterizedTest
    @MethodSource("steps")
    void theGradientsMatch(String name, String backend) throws IOException {
        String names = backend.equals("reference") && name.equals("tiny_train_dual") ? "own" : "official";
        JsonNode golden = TINY.named(name);
        JsonNode attributes = golden.get("attributes");
        List<String> options = new ArrayList<>(List.of("--grads"));
        if (attributes.get("mode").asString().equals("train")) {
            options.add("--train-mode");
        }
        config("tiny_inputs", "cutPath: " + TinyModel.cutPath(attributes).name().toLowerCase(Locale.ROOT));
        Map<String, HostTensor> traced = trace("tiny_inputs", backend, names, options.toArray(String[]::new));
        Golden.Comparison comparison = TINY.new Comparison(golden, backend.equals("reference"));
        comparison.check("loss", traced.get("loss").toDoubles());
        golden.get("tolerances").propertyNames().stream().filter(role -> role.startsWith("grad/")).forEach(role -> {
            String weight = role.substring("grad/".length());
            HostTensor gradient = traced.get(
                    "grad." + (names.equals("own") ? WeightNames.fromOfficial(weight) : weight));
            if (gradient == null) {
                comparison.fail(role + " is not in the trace");
            } else {
                assertThat(gradient.shape())
                        .isEqualTo(TINY.tensor(TINY.named("tiny_inputs"), "init/" + weight).shape());
                comparison.check(role, gradient.toDoubles());
            }
        });
        Golden.strings(attributes.path("grad_none"))
                .forEach(weight -> assertThat(traced).doesNotContainKey("grad." + weight));
        comparison.verify();
    }

    @Test
    void bothPathsOfThePromptsAddUp() throws IOException {
        Map<String, double[]> dual = promptGradients("none");
        assertThat(promptGradients("direct")).containsOnlyKeys("grad_indirect.prompts");
        assertThat(promptGradients("indirect")).containsOnlyKeys("grad_direct.prompts");
        assertThat(promptGradients("features")).containsOnlyKeys("grad_direct.prompts");
        // P = hidden W2^T + b2, so the sum of dL/dP over the classes is the gradient of b2.
        double[] direct = dual.get("grad_direct.prompts");
        double[] indirect = dual.get("grad_indirect.prompts");
        double[] bias = new double[32];
        for (int i = 0; i < direct.length; i++) {
            bias[i % 32] += direct[i] + indirect[i];
        }
        Golden.Comparison comparison = TINY.new Comparison(TINY.named("tiny_train_dual"), true);
        comparison.check("grad/label_emb.3.bias", bias);
        comparison.verify();
    }

    private Map<String, double[]> promptGradients(String cutPath) throws IOException {
        config("tiny_inputs", "cutPath: " + cutPath);
        Map<String, double[]> found = new LinkedHashMap<>();
        trace("tiny_inputs", "reference", "own", "--train-mode", "--grads").forEach((name, tensor) -> {
            if (name.endsWith("direct.prompts")) {
                found.put(name, tensor.toDoubles());
            }
        });
        return found;
    }

    static Stream<Arguments> trainings() {
        return Golden.onBackends(true, "tiny_intended", "tiny_as_shipped");
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void theTrainingMatches(String name, String backend) throws IOException {
        double backboneLrFactor = name.equals("tiny_intended") ? 0.1 : 1;
        JsonNode golden = TRAINING.named(name);
        JsonNode inputs = TINY.named("tiny_inputs");
        JsonNode data = TRAINING.named("tiny_data");
        config("tiny_inputs", "training: {lr: 0.001, totalSteps: 40, weightDecay: 1.0e-4, backboneLrFactor: "
                + backboneLrFactor + "}");
        batch(Map.of("images.0", TINY.tensor(inputs, "image"), "targets.0", TINY.tensor(inputs, "target"), "images.1",
                TRAINING.tensor(data, "image1"), "targets.1", TRAINING.tensor(data, "target1"), "text_features",
                TINY.tensor(inputs, "text_features_in")));
        Map<String, HostTensor> traced = trace("tiny_inputs", backend, "official", "--grads", "--train-mode", "--steps",
                "12");
        double[] losses = new double[12];
        double[] rates = new double[4 * 12];
        for (int k = 0; k < 12; k++) {
            losses[k] = traced.get("step." + k + ".loss").toDoubles()[0];
            double rate = traced.get("step." + k + ".lr").toDoubles()[0];
            Arrays.fill(rates, 4 * k, 4 * k + 4, rate);
            // The backbone's groups; where they are empty their rate was recorded all the same.
            Arrays.fill(rates, 4 * k + 2, 4 * k + 4, rate * 0.1);
        }
        Golden.Comparison comparison = TRAINING.new Comparison(golden, backend.equals("reference"));
        comparison.check("loss", losses);
        comparison.check("lr", rates);
        golden.get("tolerances").propertyNames().forEach(role -> {
            if (role.startsWith("final/") || role.startsWith("ema/")) {
                String weight = role.replace("final/", "weight.").replace("ema/", "ema.");
                comparison.check(role, traced.get(weight).toDoubles());
            }
        });
        TRAINING.below(golden, "final/").forEach((weight, tensor) -> {
            if (weight.endsWith("num_batches_tracked")) {
                assertThat(traced.get("weight." + weight).toLongs()).isEqualTo(tensor.toLongs());
            }
        });
        comparison.verify();
    }

    @Test
    void aBackboneAloneGivesItsOutput() throws IOException {
        Map<String, HostTensor> torchvision = new LinkedHashMap<>();
        TINY.below(TINY.named("tiny_inputs"), "init/Backbone.").forEach((name, tensor) -> torchvision.put("module."
                + WeightNames.fromOfficial("Backbone." + name).substring("backbone.".length()), tensor));
        torchvision.put("module.fc.weight", HostTensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f));
        Safetensors.write(folder.resolve("weights.safetensors"), torchvision, Map.of());
        Map<String, HostTensor> traced = trace("tiny_inputs", "reference", "own");
        assertThat(traced).containsOnlyKeys("backbone");
        Golden.Comparison comparison = TINY.new Comparison(TINY.named("tiny_eval"), true);
        comparison.check("features", traced.get("backbone").toDoubles());
        comparison.verify();
    }

    @Test
    void whatDoesNotFitIsOneLineThatNamesBothShapes() throws IOException {
        config("tiny_inputs", "jointDim: 40");
        assertThat(failure("tiny_inputs")).contains("weights.safetensors", "tokens.weight is [32, 128] in the file",
                "[40, 128] in the model");
        Files.delete(folder.resolve("config.yaml"));
        config("tiny_inputs", "textDim: 25");
        assertThat(failure("tiny_inputs")).contains("text features have shape [7, 24]", "25");
        config("tiny_inputs", "jointDin: 25");
        assertThat(failure("tiny_inputs")).contains("config.yaml", "unknown key jointDin; did you mean jointDim?");
        config("tiny_inputs");
        JsonNode inputs = TINY.named("tiny_inputs");
        batch(Map.of("images", TINY.tensor(inputs, "image"), "targets", HostTensor.of(Shape.of(1, 2), 0f, 1f),
                "text_features", TINY.tensor(inputs, "text_features_in")));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "[1, 2]", "[3, 7]");
        batch(Map.of("images", HostTensor.of(Shape.of(1, 2, 1, 1), 0f, 1f)));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "[1, 2, 1, 1]", "[images, 3, height, width]");
        batch(Map.of("images", TINY.tensor(inputs, "image")));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "text_features");
    }

    // ---- files --------------------------------------------------------------------------------------------------------

    private static void check(Golden.Comparison comparison, Map<String, HostTensor> traced, Map<String, String> roles) {
        roles.forEach((role, name) -> comparison.check(role, traced.get(name).toDoubles()));
    }

    private void config(String inputs, String... changes) throws IOException {
        JsonNode a = TINY.named(inputs).get("attributes");
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("backbone", String.format(Locale.ROOT, "{block: bottleneck, layers: %s, width: %s}", a.get("layers"),
                a.get("width")));
        values.put("jointDim", a.get("d"));
        values.put("textDim", a.get("m"));
        values.put("heads", a.get("heads"));
        values.put("headDim", a.get("dim_head"));
        values.put("mlpDim", a.get("mlp"));
        values.put("dropout", 0);
        for (String change : changes) {
            values.put(change.substring(0, change.indexOf(':')), change.substring(change.indexOf(':') + 1));
        }
        StringBuilder yaml = new StringBuilder();
        values.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
        Files.writeString(folder.resolve("config.yaml"), yaml);
    }

    private void batch(Map<String, HostTensor> tensors) {
        Safetensors.write(folder.resolve("batch.safetensors"), tensors, Map.of());
    }

    /** Writes the files that a test has not written itself, runs the command and returns its exit code. */
    private int run(String inputsName, StringWriter out, StringWriter err, String... options) throws IOException {
        JsonNode inputs = TINY.named(inputsName);
        if (Files.notExists(folder.resolve("config.yaml"))) {
            config(inputsName);
        }
        if (Files.notExists(folder.resolve("weights.safetensors"))) {
            Safetensors.write(folder.resolve("weights.safetensors"), TINY.below(inputs, "init/"), Map.of());
        }
        if (Files.notExists(folder.resolve("batch.safetensors"))) {
            HostTensor text = TINY.has(inputs, "text_features_in")
                    ? TINY.tensor(inputs, "text_features_in")
                    : TINY.tensor(TINY.named("tiny_text_eval"), "text_features.f64");
            batch(Map.of("images", TINY.tensor(inputs, "image"), "targets", TINY.tensor(inputs, "target"),
                    "text_features", text));
        }
        List<String> args = new ArrayList<>(List.of("trace", "--json"));
        for (String file : List.of("config.yaml", "weights.safetensors", "batch.safetensors")) {
            args.add("--" + file.substring(0, file.indexOf('.')));
            args.add(folder.resolve(file).toString());
        }
        args.addAll(List.of("--out", folder.resolve("trace.safetensors").toString()));
        args.addAll(List.of(options));
        return Main.run(new PrintWriter(out), new PrintWriter(err), args.toArray(String[]::new));
    }

    private Map<String, HostTensor> trace(String inputs, String backend, String names, String... options)
            throws IOException {
        List<String> all = new ArrayList<>(List.of("--backend", backend, "--names", names));
        all.addAll(List.of(options));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertThat(run(inputs, out, err, all.toArray(String[]::new))).as(err.toString()).isZero();
        Map<String, HostTensor> traced = Safetensors.read(folder.resolve("trace.safetensors")).tensors();
        assertThat(out.toString()).contains("\"tensors\":" + traced.size());
        return traced;
    }

    private String failure(String inputs) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertThat(run(inputs, out, err)).isEqualTo(1);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).hasLineCount(1);
        return err.toString();
    }
}
