package dev.cprfl.cli;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A data set of small PNG and JPEG files of noise with three classes, and a network that takes a few milliseconds for a
 * training step. Augmentation, dropout and averaged weights are on, as they are by default.
 */
record TinyData(Path folder) {

    static final int CLASSES = 3;

    /** Settings of the network and its training; the images have about the size that the network wants. */
    private static final List<String> SETTINGS = List.of("backbone={block: basic, layers: [1, 1], width: 4}",
            "imageSize=32", "jointDim=8", "textDim=6", "heads=2", "headDim=4", "mlpDim=8", "training.lr=0.003",
            "training.batchSize=4", "validationFraction=0.3");

    /** Writes the data set with so many training images. */
    static TinyData write(Path folder, int images) throws IOException {
        Files.createDirectories(folder);
        Rng rng = Rng.of(8);
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < images; i++) {
            Image image = Image.blank(20 + i, 30);
            for (int j = 0; j < image.rgb().length; j++) {
                image.rgb()[j] = (byte) rng.nextInt(256);
            }
            String name = i + (i % 2 == 0 ? ".png" : ".jpg");
            Files.write(folder.resolve(name), i % 2 == 0 ? ImageWriter.png(image) : ImageWriter.jpeg(image));
            list.append(name).append(' ').append(i % CLASSES).append('\n');
        }
        Files.writeString(folder.resolve("labels.txt"), "cat 0\ntraffic light 1\ndog 2\n");
        Files.writeString(folder.resolve("train.txt"), list);
        Files.writeString(folder.resolve("data.yaml"), """
                format: list
                labels: labels.txt
                train: train.txt
                """);
        TinyData data = new TinyData(folder);
        data.embeddings("text.npy", CLASSES, 6);
        return data;
    }

    /** Writes random text embeddings. */
    Path embeddings(String name, int rows, int columns) {
        Rng rng = Rng.of(9);
        double[] numbers = new double[rows * columns];
        Arrays.setAll(numbers, _ -> rng.nextGaussian());
        Path file = folder.resolve(name);
        Npy.write(file, HostTensor.of(Shape.of(rows, columns), numbers));
        return file;
    }

    Path yaml() {
        return folder.resolve("data.yaml");
    }

    /** The command line of a new run; later settings win, and more can be added to it. */
    List<String> train(Path run, String... settings) {
        List<String> line = new ArrayList<>(List.of("train", "--data", yaml().toString(), "--out", run.toString(),
                "--text-embeddings", folder.resolve("text.npy").toString()));
        for (String setting : SETTINGS) {
            line.addAll(List.of("--set", setting));
        }
        for (String setting : settings) {
            line.addAll(List.of("--set", setting));
        }
        return line;
    }

    /** The command line that goes on with a run; more can be added to it. */
    List<String> resume(Path run) {
        return new ArrayList<>(List.of("train", "--data", yaml().toString(), "--out", run.toString(), "--resume"));
    }
}
