package dev.cprfl.cli;

import dev.cprfl.autograd.Variable;
import dev.cprfl.cli.report.HeatMap;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.HeatMaps;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.Resize;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
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
        Run trained = Run.open(run);
        if (heatmaps != null) {
            requireDifferentNames();
            Files.createDirectories(heatmaps);
        }
        int batch = trained.config().training().batchSize();
        List<Picture> pictures = new ArrayList<>();
        try (Backend backend = common.openBackend()) {
            Cprfl model = trained.load(backend);
            for (int from = 0; from < files.size(); from += batch) {
                pictures.addAll(
                        predict(trained, model, backend, files.subList(from, Math.min(from + batch, files.size()))));
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

    private List<Picture> predict(Run trained, Cprfl model, Backend backend, List<Path> batch) throws IOException {
        RunConfig config = trained.config();
        int size = config.imageSize();
        ImageReader reader = new ImageReader(config.data().exifOrientation());
        List<Image> images = batch.stream().map(reader::read).toList();
        float[] pixels = new float[batch.size() * size * size * 3];
        for (int i = 0; i < batch.size(); i++) {
            config.normalization().toNhwc(Resize.to(images.get(i), size, size, Resample.BILINEAR), pixels,
                    i * size * size * 3);
        }
        List<Picture> pictures = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            CprflOutput output = model
                    .forward(Variable.constant(Tensor.of(backend, Shape.of(batch.size(), size, size, 3), pixels)));
            float[] logits = output.logits().value().toFloats();
            Tensor maps = HeatMaps.meanOverHeads(output);
            for (int i = 0; i < batch.size(); i++) {
                List<Label> labels = new ArrayList<>();
                for (Label label : labels(Arrays.copyOfRange(logits, i * model.classes(), (i + 1) * model.classes()),
                        trained.classes().names())) {
                    labels.add(heatmaps == null ? label : withHeatmap(label, batch.get(i), images.get(i), maps, i));
                }
                pictures.add(new Picture(batch.get(i).toString(), labels));
            }
        }
        return pictures;
    }

    /** The classes to show, the most probable first; of equal ones the lower id. */
    private List<Label> labels(float[] logits, List<String> names) {
        int most = top != null ? top : threshold != null ? logits.length : TOP;
        double least = threshold == null ? 0 : threshold;
        return IntStream.range(0, logits.length)
                .mapToObj(id -> new Label(id, names.get(id), 1 / (1 + Math.exp(-logits[id])), null))
                .filter(label -> label.probability >= least)
                .sorted(Comparator.comparingDouble(label -> -label.probability))
                .limit(most)
                .toList();
    }

    /** @param maps [B, c, h, w] */
    private Label withHeatmap(Label label, Path picture, Image image, Tensor maps, int index) throws IOException {
        int rows = maps.shape().extent(2);
        int columns = maps.shape().extent(3);
        float[] map = maps.rows(index, index + 1).reshape(Shape.of(maps.shape().extent(1), rows, columns))
                .rows(label.id, label.id + 1).toFloats();
        Path file = heatmaps
                .resolve(picture.getFileName() + "." + label.name.replaceAll("[^\\p{L}\\p{N}]+", "_") + ".png");
        Files.write(file, ImageWriter.png(HeatMap.overlay(image, map, rows, columns)));
        return new Label(label.id, label.name, label.probability, file.toString());
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
