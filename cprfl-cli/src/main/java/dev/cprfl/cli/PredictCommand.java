package dev.cprfl.cli;

import dev.cprfl.cli.report.HeatMap;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.prediction.ImagePrediction;
import dev.cprfl.model.prediction.Predictor;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Labels pictures with a trained network. */
@Command(name = "predict", mixinStandardHelpOptions = true,
        description = {"Label pictures: the classes with their probabilities, the most probable first.",
            "Without --threshold and --top the five most probable classes are shown."},
        footer = {"", "Examples:",
            "  cprfl predict --run runs/voc photo.jpg",
            "  cprfl predict --run runs/voc *.jpg --threshold 0.5 --heatmaps looks --json",
            "",
            "--heatmaps writes DIR/PICTURE.CLASS.png for each class shown: the picture under the attention that the",
            "prompt of the class paid to it, the mean over the heads of the last layer. It is scaled to its own maximum."})
final class PredictCommand implements Callable<Integer> {

    /** @param heatmap the file written, or null */
    private record Label(int id, String name, double probability, String heatmap) {}

    private record Picture(String image, List<Label> labels) {}

    private record Result(String run, List<Picture> pictures) {}

    private static final int TOP = 5;

    @Mixin
    private Common common;

    @Option(names = "--run", paramLabel = "RUN", required = true, description = "The folder of a run.")
    private Path run;

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "JPEG, PNG, GIF, BMP or TIFF files.")
    private List<Path> files;

    @Option(names = "--threshold", paramLabel = "T", description = "Show classes from this probability on.")
    private Double threshold;

    @Option(names = "--top", paramLabel = "K", description = "Show at most the K most probable classes.")
    private Integer top;

    @Option(names = "--heatmaps", paramLabel = "DIR",
            description = "Write where each class shown looked, as PNG files.")
    private Path heatmaps;

    @Override
    public Integer call() throws IOException {
        if (threshold != null) {
            MetricsCommand.requireProbability(threshold);
        }
        if (top != null && top < 1) {
            throw new UserException("--top " + top + ": give a positive number");
        }
        if (heatmaps != null) {
            requireDifferentNames();
            Files.createDirectories(heatmaps);
        }
        List<Picture> pictures = new ArrayList<>();
        try (Predictor predictor = Predictor.open(run, common.openBackend())) {
            int batch = predictor.batchSize();
            for (int from = 0; from < files.size(); from += batch) {
                List<Path> some = files.subList(from, Math.min(from + batch, files.size()));
                List<Image> images = some.stream().map(predictor::read).toList();
                List<ImagePrediction> predictions = predictor.predict(images);
                for (int i = 0; i < some.size(); i++) {
                    pictures.add(picture(some.get(i), images.get(i), predictions.get(i)));
                }
            }
        }
        common.print(new Result(run.toString(), pictures), describe(pictures));
        return Main.DONE;
    }

    private void requireDifferentNames() {
        if (files.stream().map(Path::getFileName).distinct().count() < files.size()) {
            throw new UserException(
                    "--heatmaps " + heatmaps + ": two pictures have the same file name; predict them apart");
        }
    }

    private Picture picture(Path file, Image image, ImagePrediction prediction) throws IOException {
        int most = top != null ? top : threshold != null ? prediction.labels().size() : TOP;
        double least = threshold == null ? 0 : threshold;
        List<Label> shown = new ArrayList<>();
        for (ImagePrediction.Label label : prediction.labels()) {
            if (shown.size() < most && label.probability() >= least) {
                String look = heatmaps == null ? null : writeHeatmap(label, file, image, prediction);
                shown.add(new Label(label.id(), label.name(), label.probability(), look));
            }
        }
        return new Picture(file.toString(), shown);
    }

    private String writeHeatmap(ImagePrediction.Label label, Path picture, Image image, ImagePrediction prediction)
            throws IOException {
        Path file = heatmaps
                .resolve(picture.getFileName() + "." + label.name().replaceAll("[^\\p{L}\\p{N}]+", "_") + ".png");
        Files.write(file, ImageWriter.png(
                HeatMap.overlay(image, prediction.heatMap(label), prediction.rows(), prediction.columns())));
        return file.toString();
    }

    private static String describe(List<Picture> pictures) {
        StringBuilder text = new StringBuilder();
        for (Picture picture : pictures) {
            text.append(picture.image).append('\n');
            TextTable table = new TextTable(">", "", "");
            for (Label label : picture.labels) {
                table.row(String.format(Locale.ROOT, "%.1f %%", 100 * label.probability), label.name,
                        label.heatmap == null ? "" : label.heatmap);
            }
            text.append(picture.labels.isEmpty() ? "  no class reaches the threshold\n" : table.toString().indent(2));
        }
        return text.toString();
    }
}
