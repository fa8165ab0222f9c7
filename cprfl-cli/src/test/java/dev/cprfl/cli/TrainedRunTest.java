package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What evaluate and predict do with the folder of a run; its network has fresh weights. */
class TrainedRunTest {

    @TempDir
    private Path folder;

    private Path run;
    private Path yaml;

    @BeforeEach
    void aRunAndItsData() throws IOException {
        run = folder.resolve("run");
        RunConfig config = RunConfig.load(null, null,
                List.of("backbone={block: basic, layers: [1, 1, 1, 1], width: 2}", "imageSize=64", "jointDim=8",
                        "textDim=6",
                        "heads=2", "headDim=4", "mlpDim=8", "training.batchSize=2"));
        try (Backend backend = Backends.open("reference", 1)) {
            Run.create(run, config, new Run.Classes(List.of("cat", "traffic light", "dog"), List.of(200, 30, 4)),
                    Provenance.of(backend, 1, Map.of(), config.toMap()));
            Rng rng = Rng.of(5);
            double[] text = new double[18];
            for (int i = 0; i < text.length; i++) {
                text[i] = rng.nextGaussian();
            }
            Cprfl model = new Cprfl(config.network(), Tensor.of(backend, Shape.of(3, 6), text),
                    new Initializer(backend, Rng.of(1)));
            Safetensors.write(run.resolve("best.safetensors"), StateDict.export(model), Map.of());
        }
        for (int i = 0; i < 3; i++) {
            Image image = Image.blank(40 + i, 30);
            Arrays.fill(image.rgb(), 0, 1000 * (i + 1), (byte) 200);
            Files.write(folder.resolve(i + ".png"), ImageWriter.png(image));
        }
        Files.writeString(folder.resolve("labels.txt"), "cat 0\ntraffic light 1\ndog 2\n");
        Files.writeString(folder.resolve("test.txt"), "0.png 0\n1.png 1\n2.png 0 1\n");
        yaml = Files.writeString(folder.resolve("data.yaml"), """
                format: list
                labels: labels.txt
                test: test.txt
                """);
    }

    @Test
    void evaluateAndMetricsAgree() {
        Path scores = folder.resolve("scores.npy");
        JsonNode evaluated = CommandRun.of("evaluate", "--run", run, "--data", yaml, "--scores", scores, "--json")
                .json();
        assertThat(evaluated.get("images").asInt()).isEqualTo(3);
        assertThat(evaluated.get("classes").get(1).get("name").asString()).isEqualTo("traffic light");
        assertThat(evaluated.get("classes").get(1).get("group").asString()).isEqualTo("medium");
        assertThat(evaluated.get("classes").get(2).get("AP").isNull()).isTrue();
        Path targets = folder.resolve("targets.npy");
        Npy.write(targets, HostTensor.of(Shape.of(3, 3), 1f, 0f, 0f, 0f, 1f, 0f, 1f, 1f, 0f));
        JsonNode measured = CommandRun.of("metrics", "--scores", scores, "--logits", "--targets", targets, "--json")
                .json();
        assertThat(evaluated.get("mAP").get("total")).isEqualTo(measured.get("mAP").get("total"));
        assertThat(evaluated.get("overall")).isEqualTo(measured.get("overall"));
    }

    @Test
    void predictShowsTheScoresOfEvaluate() {
        Path scores = folder.resolve("scores.npy");
        CommandRun.of("evaluate", "--run", run, "--data", yaml, "--scores", scores, "--backend", "reference", "--json")
                .json();
        float[] logits = Npy.read(scores).toFloats();
        JsonNode pictures = CommandRun.of("predict", "--run", run, "--backend", "reference", "--json",
                folder.resolve("0.png"), folder.resolve("1.png"), folder.resolve("2.png")).json().get("pictures");
        for (int i = 0; i < 3; i++) {
            double before = 1;
            for (JsonNode label : pictures.get(i).get("labels")) {
                double probability = label.get("probability").asDouble();
                assertThat(probability)
                        .isCloseTo(1 / (1 + Math.exp(-logits[3 * i + label.get("id").asInt()])), within(1e-6))
                        .isLessThanOrEqualTo(before);
                before = probability;
            }
            assertThat(pictures.get(i).get("labels")).hasSize(3);
        }
    }

    @Test
    void predictDrawsWhereEachClassLooked() {
        Path looks = folder.resolve("looks");
        JsonNode json = CommandRun.of("predict", "--run", run, folder.resolve("1.png"), "--heatmaps", looks, "--top", 3,
                "--json").json();
        assertThat(json.findValuesAsString("heatmap")).contains(looks.resolve("1.png.traffic_light.png").toString());
        Image overlay = new ImageReader(true).read(looks.resolve("1.png.traffic_light.png"));
        assertThat(overlay.width()).isEqualTo(41);
        assertThat(overlay.height()).isEqualTo(30);
    }

    @Test
    void topAndThresholdLimitWhatIsShown() {
        Path image = folder.resolve("0.png");
        assertThat(CommandRun.of("predict", "--run", run, image, "--top", 1, "--json").json().get("pictures").get(0)
                .get("labels")).hasSize(1);
        assertThat(CommandRun.of("predict", "--run", run, image, "--threshold", 1).out())
                .contains("no class reaches the threshold");
    }

    @Test
    void whatDoesNotFitIsOneLine() throws IOException {
        Path image = folder.resolve("0.png");
        CommandRun.of("predict", "--run", folder, image).failedWith("is not the folder of a run");
        CommandRun.of("predict", "--run", run, folder.resolve("none.png")).failedWith("none.png", "no such image");
        CommandRun.of("predict", "--run", run, folder.resolve("labels.txt")).failedWith("labels.txt", "not a JPEG");
        CommandRun.of("predict", "--run", run, image, "--top", 0).failedWith("--top 0");
        CommandRun.of("predict", "--run", run, image, "--threshold", 2).failedWith("--threshold 2");
        CommandRun.of("predict", "--run", run, image, image, "--heatmaps", folder).failedWith("same file name");
        CommandRun.of("evaluate", "--run", run, "--data", yaml, "--split", "val").failedWith("no split 'val'");
        Files.writeString(folder.resolve("labels.txt"), "cat 0\ndog 1\n");
        CommandRun.of("evaluate", "--run", run, "--data", yaml).failedWith("2 classes", "3 classes");
        Safetensors.write(run.resolve("best.safetensors"),
                Map.of("text_features", HostTensor.of(Shape.of(3, 6), new float[18])),
                Map.of());
        CommandRun.of("predict", "--run", run, image).failedWith("missing");
        Files.delete(run.resolve("best.safetensors"));
        CommandRun.of("predict", "--run", run, image).failedWith("no weights yet");
    }
}
