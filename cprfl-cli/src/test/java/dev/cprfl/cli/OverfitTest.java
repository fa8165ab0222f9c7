package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.data.scenes.WordEmbeddings;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that what train does is learning: from image files to weights to the scores of evaluate, a small network gets to
 * know 32 images by heart, which it does not after one epoch.
 */
class OverfitTest {

    private static final int IMAGES = 32;
    private static final int TEXT_WIDTH = 32;

    @TempDir
    private Path folder;

    private Path yaml;
    private Path text;

    @BeforeEach
    void scenesAsFiles() throws IOException {
        Samples scenes = Scenes.train(1, 64);
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < IMAGES; i++) {
            Files.write(folder.resolve(i + ".png"), ImageWriter.png(scenes.image(i)));
            String labels = scenes.labels(i).stream().map(label -> " " + label).collect(Collectors.joining());
            list.append(i).append(".png").append(labels).append('\n');
        }
        Files.writeString(folder.resolve("train.txt"), list);
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < scenes.classes(); i++) {
            names.append(Scenes.names().get(i)).append(' ').append(i).append('\n');
        }
        Files.writeString(folder.resolve("labels.txt"), names);
        yaml = Files.writeString(folder.resolve("data.yaml"), "format: list\nlabels: labels.txt\ntrain: train.txt\n");
        text = folder.resolve("text.npy");
        Npy.write(text, HostTensor.of(Shape.of(scenes.classes(), TEXT_WIDTH),
                WordEmbeddings.embed(Scenes.names(), TEXT_WIDTH)));
    }

    @Test
    void aNetworkLearnsItsImagesByHeart() {
        assertThat(meanAveragePrecision("fresh", 1)).isLessThan(0.5);
        assertThat(meanAveragePrecision("trained", 60)).isGreaterThan(0.99);
    }

    /** mAP on the training images after so many epochs. */
    private double meanAveragePrecision(String name, int epochs) {
        Path run = folder.resolve(name);
        List<String> line = new ArrayList<>(List.of("train", "--data", yaml.toString(), "--out", run.toString(),
                "--text-embeddings", text.toString(), "--seed", "1"));
        for (String setting : List.of("backbone={block: basic, layers: [1, 1], width: 16}", "imageSize=64",
                "jointDim=32", "textDim=" + TEXT_WIDTH, "heads=4", "headDim=16", "mlpDim=64", "dropout=0",
                "selection=last", "augmentation={randAugment: false, cutout: 0}", "training.lr=0.004",
                "training.batchSize=8", "training.emaDecay=0.9", "training.backboneLrFactor=1",
                "training.epochs=" + epochs)) {
            line.addAll(List.of("--set", setting));
        }
        CommandRun trained = CommandRun.of(line.toArray());
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        return CommandRun.of("evaluate", "--run", run, "--data", yaml, "--split", "train", "--json").json().get("mAP")
                .get("total").asDouble();
    }
}
