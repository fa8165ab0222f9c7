package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import dev.cprfl.model.WeightNames;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command export, on a small run. */
class ExportTest {

    @TempDir
    private static Path folder;

    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        TinyData data = TinyData.write(folder.resolve("data"), 12);
        CommandRun trained = CommandRun.of(data.train(run, "training.epochs=1").toArray());
        assertThat(trained.exitCode()).as(trained.err()).isZero();
    }

    @Test
    void writesAnOnnxModelThatSaysWhatItIs() throws IOException {
        Path out = folder.resolve("model.onnx");
        JsonNode json = CommandRun.of("export", "--run", run, "--out", out, "--json").json();
        assertThat(json.get("bytes").asLong()).isEqualTo(Files.size(out));
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(out));
        assertThat(model.getMetadataPropsList().stream().collect(
                Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue)))
                .isEqualTo(Map.of("classes", "[\"cat\",\"traffic light\",\"dog\"]", "image_size", "32", "normalisation",
                        "imagenet"));
        assertThat(model.getGraph().getInput(0).getName()).isEqualTo("images");
        assertThat(model.getGraph().getOutput(0).getName()).isEqualTo("probabilities");
    }

    @Test
    void writesTheWeightsUnderEitherNames() {
        Path own = folder.resolve("own.safetensors");
        Path official = folder.resolve("official.safetensors");
        CommandRun.of("export", "--run", run, "--out", own, "--json").json();
        CommandRun.of("export", "--run", run, "--out", official, "--names", "official", "--json").json();
        Map<String, HostTensor> best = Safetensors.read(run.resolve("best.safetensors")).tensors();
        assertSame(Safetensors.read(own).tensors(), best);
        Map<String, HostTensor> renamed = Safetensors.read(official).tensors();
        assertThat(renamed).containsKeys("Backbone.0.weight", "fc.0.weight", "label_emb.0.bias");
        assertSame(WeightNames.toOwn(renamed), best);
    }

    private static void assertSame(Map<String, HostTensor> actual, Map<String, HostTensor> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> assertThat(actual.get(name).toDoubles()).as(name)
                .isEqualTo(tensor.toDoubles()));
    }

    @Test
    void whatDoesNotFitIsOneLine() throws IOException {
        Path out = folder.resolve("refused.onnx");
        CommandRun.of("export", "--run", folder, "--out", out).failedWith("is not the folder of a run");
        CommandRun.of("export", "--run", run, "--out", folder.resolve("model.pth")).failedWith("model.pth", ".onnx");
        CommandRun.of("export", "--run", run, "--out", out, "--names", "official").failedWith("--names",
                ".safetensors");
        CommandRun.of("export", "--run", run, "--out", run.resolve("best.safetensors"))
                .failedWith("best.safetensors", "lies in the folder of the run");
        CommandRun.of("export", "--run", run, "--out", folder.resolve("gone/model.onnx"))
                .failedWith("gone/model.onnx", "cannot write");
        Path old = Files.createDirectory(folder.resolve("folder.onnx"));
        CommandRun.of("export", "--run", run, "--out", old).failedWith("folder.onnx", "not a regular file");
        assertThat(CommandRun.of("export", "--run", run).exitCode()).isEqualTo(Main.USAGE);
        assertThat(out).doesNotExist();
    }
}
