package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.audit.golden.Comparison;
import dev.cprfl.audit.golden.GoldenCase;
import dev.cprfl.audit.golden.TinyModel;
import dev.cprfl.cli.Main;
import dev.cprfl.kernels.Backends;
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

    @TempDir
    private Path folder;

    /** Every name beside every backend that can run here. */
    private static Stream<Arguments> onBackends(String... names) {
        return Stream.of(names)
                .flatMap(name -> Backends.exactHere().stream().map(backend -> Arguments.of(name, backend)));
    }

    private static Comparison comparison(GoldenCase golden, boolean inDouble) {
        return new Comparison(golden, inDouble ? 1e-9 : Double.POSITIVE_INFINITY);
    }

    static Stream<Arguments> inputs() {
        return onBackends("tiny", "tiny_text");
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void theForwardPassMatches(String name, String backend) throws IOException {
        String inputs = name + "_inputs";
        String golden = name + "_eval";
        Map<String, HostTensor> traced = trace(inputs, backend, "official");
        Comparison comparison = comparison(GoldenCase.named(golden), backend.equals("reference"));
        check(comparison, traced,
                Map.of("features", "backbone", "P", "prompts", "P_prime", "refined", "logits", "logits"));
        comparison.finding().verify();
    }

    static Stream<Arguments> steps() {
        return onBackends("tiny_train_dual", "tiny_train_no_cls_grad", "tiny_train_no_feature_grad",
                "tiny_eval_grad");
    }

    @ParameterizedTest
    @MethodSource("steps")
    void theGradientsMatch(String name, String backend) throws IOException {
        String names = backend.equals("reference") && name.equals("tiny_train_dual") ? "own" : "official";
        GoldenCase golden = GoldenCase.named(name);
        JsonNode attributes = golden.node().get("attributes");
        List<String> options = new ArrayList<>(List.of("--grads"));
        if (attributes.get("mode").asString().equals("train")) {
            options.add("--train-mode");
        }
        config("tiny_inputs", "cutPath: " + TinyModel.cutPath(golden).name().toLowerCase(Locale.ROOT));
        Map<String, HostTensor> traced = trace("tiny_inputs", backend, names, options.toArray(String[]::new));
        Comparison comparison = comparison(golden, backend.equals("reference"));
        comparison.check("loss", traced.get("loss").toDoubles());
        golden.node().get("tolerances").propertyNames().stream().filter(role -> role.startsWith("grad/"))
                .forEach(role -> {
                    String weight = role.substring("grad/".length());
                    HostTensor gradient = traced.get(
                            "grad." + (names.equals("own") ? WeightNames.fromOfficial(weight) : weight));
                    if (gradient == null) {
                        comparison.fail(role, "is not in the trace");
                    } else {
                        assertThat(gradient.shape())
                                .isEqualTo(GoldenCase.named("tiny_inputs").stored("init/" + weight).shape());
                        comparison.check(role, gradient.toDoubles());
                    }
                });
        golden.strings("grad_none")
                .forEach(weight -> assertThat(traced).doesNotContainKey("grad." + weight));
        comparison.finding().verify();
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
        Comparison comparison = comparison(GoldenCase.named("tiny_train_dual"), true);
        comparison.check("grad/label_emb.3.bias", bias);
        comparison.finding().verify();
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
        return onBackends("tiny_intended", "tiny_as_shipped");
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void theTrainingMatches(String name, String backend) throws IOException {
        double backboneLrFactor = name.equals("tiny_intended") ? 0.1 : 1;
        GoldenCase golden = GoldenCase.named(name);
        GoldenCase inputs = GoldenCase.named("tiny_inputs");
        GoldenCase data = GoldenCase.named("tiny_data");
        config("tiny_inputs", "training: {lr: 0.001, totalSteps: 40, weightDecay: 1.0e-4, backboneLrFactor: "
                + backboneLrFactor + "}");
        batch(Map.of("images.0", inputs.stored("image"), "targets.0", inputs.stored("target"), "images.1",
                data.stored("image1"), "targets.1", data.stored("target1"), "text_features",
                inputs.stored("text_features_in")));
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
        Comparison comparison = comparison(golden, backend.equals("reference"));
        comparison.check("loss", losses);
        comparison.check("lr", rates);
        golden.node().get("tolerances").propertyNames().forEach(role -> {
            if (role.startsWith("final/") || role.startsWith("ema/")) {
                String weight = role.replace("final/", "weight.").replace("ema/", "ema.");
                comparison.check(role, traced.get(weight).toDoubles());
            }
        });
        golden.below("final/").forEach((weight, tensor) -> {
            if (weight.endsWith("num_batches_tracked")) {
                assertThat(traced.get("weight." + weight).toLongs()).isEqualTo(tensor.toLongs());
            }
        });
        comparison.finding().verify();
    }

    @Test
    void aBackboneAloneGivesItsOutput() throws IOException {
        Map<String, HostTensor> torchvision = new LinkedHashMap<>();
        GoldenCase.named("tiny_inputs").below("init/Backbone.").forEach((name, tensor) -> torchvision.put("module."
                + WeightNames.fromOfficial("Backbone." + name).substring("backbone.".length()), tensor));
        torchvision.put("module.fc.weight", HostTensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f));
        Safetensors.write(folder.resolve("weights.safetensors"), torchvision, Map.of());
        Map<String, HostTensor> traced = trace("tiny_inputs", "reference", "own");
        assertThat(traced).containsOnlyKeys("backbone");
        Comparison comparison = comparison(GoldenCase.named("tiny_eval"), true);
        comparison.check("features", traced.get("backbone").toDoubles());
        comparison.finding().verify();
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
        GoldenCase inputs = GoldenCase.named("tiny_inputs");
        batch(Map.of("images", inputs.stored("image"), "targets", HostTensor.of(Shape.of(1, 2), 0f, 1f),
                "text_features", inputs.stored("text_features_in")));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "[1, 2]", "[3, 7]");
        batch(Map.of("images", HostTensor.of(Shape.of(1, 2, 1, 1), 0f, 1f)));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "[1, 2, 1, 1]", "[images, 3, height, width]");
        batch(Map.of("images", inputs.stored("image")));
        assertThat(failure("tiny_inputs")).contains("batch.safetensors", "text_features");
    }

    // ---- files --------------------------------------------------------------------------------------------------------

    private static void check(Comparison comparison, Map<String, HostTensor> traced, Map<String, String> roles) {
        roles.forEach((role, name) -> comparison.check(role, traced.get(name).toDoubles()));
    }

    private void config(String inputs, String... changes) throws IOException {
        JsonNode a = GoldenCase.named(inputs).node().get("attributes");
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
        GoldenCase inputs = GoldenCase.named(inputsName);
        if (Files.notExists(folder.resolve("config.yaml"))) {
            config(inputsName);
        }
        if (Files.notExists(folder.resolve("weights.safetensors"))) {
            Safetensors.write(folder.resolve("weights.safetensors"), inputs.below("init/"), Map.of());
        }
        if (Files.notExists(folder.resolve("batch.safetensors"))) {
            HostTensor text = TinyModel.textFeatures(inputs);
            batch(Map.of("images", inputs.stored("image"), "targets", inputs.stored("target"),
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
