package dev.cprfl.cli;

import dev.cprfl.autograd.Variable;
import dev.cprfl.cli.report.HeatMap;
import dev.cprfl.cli.report.Html;
import dev.cprfl.cli.report.Report;
import dev.cprfl.cli.report.Report.Verdict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.GradCam;
import dev.cprfl.model.Looked;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.Resize;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.evaluation.HardImage;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.model.training.Run;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Puts the images of a report together: labels, and maps of what speaks for them. */
final class ReportImages {

    private static final int FIRST = 12;
    private static final int HARDEST = 12;
    /** Wrong and missed labels of one image that are named, of each kind. */
    private static final int LABELS = 6;
    /** Labels of one image that have a map. */
    private static final int LOOKS = 3;
    private static final double THRESHOLD = 0.5;
    /** Larger pictures are made smaller: enough to look at, and the page stays small. */
    private static final int LARGEST = 224;

    /** An image of the table, the labels to show and the loss or null. */
    private record Subject(int row, List<Integer> labels, Double loss) {}

    private final Run run;
    private final Classifier model;
    private final Samples test;
    private final ScoreTable table;
    private final Backend backend;

    /** @param table the scores of the test images */
    ReportImages(Run run, Classifier model, Samples test, ScoreTable table, Backend backend) {
        this.run = run;
        this.model = model;
        this.test = test;
        this.table = table;
        this.backend = backend;
    }

    /** The first test images, as they come: no choice that flatters. */
    List<Report.Example> first(Common common) {
        return show(IntStream.range(0, Math.min(FIRST, table.rows())).mapToObj(row -> new Subject(row,
                IntStream.range(0, table.classes()).boxed()
                        .filter(id -> table.target(row, id) || table.probability(row, id) >= THRESHOLD)
                        .limit(4L * LABELS).toList(),
                null)).toList(), "maps of the first images", common);
    }

    /** Those of the highest loss. */
    List<Report.Example> hardest(Common common) {
        return show(HardImage.of(table, HARDEST, THRESHOLD).stream().map(this::subject).toList(),
                "maps of the hardest images", common);
    }

    private Subject subject(HardImage hard) {
        List<Integer> labels = new ArrayList<>(hard.falseLabels().stream().limit(LABELS).toList());
        labels.addAll(hard.missedLabels().stream().limit(LABELS).toList());
        IntStream.range(0, table.classes()).filter(id -> table.target(hard.row(), id) && !labels.contains(id)
                && table.probability(hard.row(), id) >= THRESHOLD).limit(LABELS).forEach(labels::add);
        return new Subject(hard.row(), labels, hard.loss());
    }

    private List<Report.Example> show(List<Subject> subjects, String task, Common common) {
        List<Report.Example> examples = new ArrayList<>();
        int batch = run.config().training().batchSize();
        try (CountedProgress progress = common.progress(task, "images", subjects.size())) {
            for (int from = 0; from < subjects.size(); from += batch) {
                examples.addAll(show(subjects.subList(from, Math.min(from + batch, subjects.size()))));
                progress.done(examples.size());
            }
        }
        return examples;
    }

    private List<Report.Example> show(List<Subject> subjects) {
        int size = run.config().imageSize();
        float[] pixels = new float[Math.multiplyExact(subjects.size(), size * size * 3)];
        for (int i = 0; i < subjects.size(); i++) {
            run.config().normalization().toNhwc(test.image(subjects.get(i).row), pixels, i * size * size * 3);
        }
        try (Scope _ = Scope.open()) {
            Variable map = model.backbone().forward(
                    Variable.constant(Tensor.of(backend, Shape.of(subjects.size(), size, size, 3), pixels)));
            float[] attention = model instanceof Cprfl ? Looked.of(model, map).maps().toFloats() : null;
            List<float[]> gradCams = IntStream.range(0, LOOKS).mapToObj(slot -> GradCam.of(model, map,
                    subjects.stream().mapToInt(one -> slot < one.labels.size() ? one.labels.get(slot) : 0).toArray())
                    .toFloats()).toList();
            List<Report.Example> examples = new ArrayList<>();
            for (int i = 0; i < subjects.size(); i++) {
                examples.add(example(subjects.get(i), i, attention, gradCams, map.shape().extent(1),
                        map.shape().extent(2)));
            }
            return examples;
        }
    }

    /** @param index of the image in the batch */
    private Report.Example example(Subject subject, int index, float[] attention, List<float[]> gradCams, int rows,
            int columns) {
        Image picture = small(test.image(subject.row));
        List<Report.Label> labels = new ArrayList<>();
        List<Report.Look> looks = new ArrayList<>();
        for (int id : subject.labels) {
            double probability = table.probability(subject.row, id);
            Verdict verdict = probability < THRESHOLD
                    ? Verdict.MISSED
                    : table.target(subject.row, id) ? Verdict.RIGHT : Verdict.WRONG;
            String name = run.classes().names().get(id);
            labels.add(new Report.Label(name, probability, verdict));
            if (looks.size() < LOOKS) {
                float[] gradCam = gradCams.get(looks.size());
                looks.add(new Report.Look(name, attention == null
                        ? null
                        : overlay(picture, attention, index * table.classes() + id, rows, columns),
                        overlay(picture, gradCam, index, rows, columns)));
            }
        }
        return new Report.Example(test.name(subject.row), subject.loss, url(picture), labels, looks);
    }

    private static String overlay(Image picture, float[] maps, int index, int rows, int columns) {
        int length = rows * columns;
        return url(HeatMap.overlay(picture, Arrays.copyOfRange(maps, index * length, (index + 1) * length), rows,
                columns));
    }

    private static Image small(Image image) {
        return image.width() <= LARGEST ? image : Resize.to(image, LARGEST, LARGEST, Resample.BILINEAR);
    }

    /** Small pictures exactly, photos as photos. */
    private static String url(Image image) {
        return image.width() < LARGEST
                ? Html.dataUrl("image/png", ImageWriter.png(image))
                : Html.dataUrl("image/jpeg", ImageWriter.jpeg(image));
    }
}
