package dev.cprfl.cli;

import dev.cprfl.autograd.Variable;
import dev.cprfl.cli.report.HeatMap;
import dev.cprfl.cli.report.Html;
import dev.cprfl.cli.report.Report;
import dev.cprfl.cli.report.Report.Verdict;
import dev.cprfl.cli.report.ReportPage;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.HeatMaps;
import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Puts the demo's report together. */
final class DemoReport {

    private static final int EXAMPLES = 12;
    private static final int LOOKS = 3;
    private static final double THRESHOLD = 0.5;

    private DemoReport() {}

    static String render(RunConfig config, Cprfl network, double[][] before, DemoCommand.Trained model,
            DemoCommand.Trained baseline,
            Samples train, Samples test, Backend backend) {
        String summary = String.format(Locale.ROOT,
                "%d drawn scenes with %d categories in the long tail of VOC-LT, %d balanced test images; %d epochs, %.0f s for "
                        + "CPRFL and %.0f s for the baseline.",
                train.size(), train.classes(), test.size(), config.training().epochs(), model.seconds(),
                baseline.seconds());
        List<String> notes = List.of(
                "Both networks have the same backbone, images, schedule and seed; the averaged weights after the last epoch "
                        + "are tested.",
                "CPRFL is told the names of the categories through word vectors; the baseline is not.");
        return ReportPage.render(new Report("CPRFL on the built-in scenes", summary,
                List.of(run(model), run(baseline)), classes(model, baseline, train, test),
                prompts(network, before, model, train), examples(config, network, test, backend), notes,
                List.of(new Report.Facts("Settings", settings(config)), new Report.Facts("Origin", origin(backend)))));
    }

    private static Report.Run run(DemoCommand.Trained trained) {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("total", orNull(trained.metrics().map()));
        trained.metrics().mapByGroup().forEach((group, mean) -> means.put(nameOf(group), orNull(mean)));
        return new Report.Run(trained.name(),
                trained.epochs().stream().map(epoch -> new Report.Epoch(epoch.epoch(), epoch.loss(), null)).toList(),
                means);
    }

    private static Report.Prompts prompts(Cprfl network, double[][] before, DemoCommand.Trained model, Samples train) {
        List<String> groups = Run.classCounts(train).stream().map(count -> nameOf(ClassGroup.of(count))).toList();
        return new Report.Prompts(Scenes.names(), groups, before, DemoCommand.prompts(network), model.pulls());
    }

    private static List<Report.ClassRow> classes(DemoCommand.Trained model, DemoCommand.Trained baseline, Samples train,
            Samples test) {
        List<Integer> trainCounts = Run.classCounts(train);
        List<Integer> testCounts = Run.classCounts(test);
        List<Report.ClassRow> rows = new ArrayList<>();
        for (int id = 0; id < train.classes(); id++) {
            rows.add(new Report.ClassRow(Scenes.names().get(id), nameOf(ClassGroup.of(trainCounts.get(id))),
                    trainCounts.get(id), testCounts.get(id),
                    Arrays.asList(orNull(model.metrics().averagePrecision().get(id)),
                            orNull(baseline.metrics().averagePrecision().get(id)))));
        }
        return rows;
    }

    /** The first test images, as they come: no choice that flatters. */
    private static List<Report.Example> examples(RunConfig config, Cprfl network, Samples test, Backend backend) {
        int count = Math.min(EXAMPLES, test.size());
        int size = config.imageSize();
        float[] pixels = new float[count * size * size * 3];
        for (int i = 0; i < count; i++) {
            config.normalization().toNhwc(test.image(i), pixels, i * size * size * 3);
        }
        network.train(false);
        try (Scope _ = Scope.open()) {
            CprflOutput output = network
                    .forward(Variable.constant(Tensor.of(backend, Shape.of(count, size, size, 3), pixels)));
            Tensor maps = HeatMaps.meanOverHeads(output);
            float[] logits = output.logits().value().toFloats();
            List<Report.Example> examples = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                examples.add(example(test, i, logits, maps));
            }
            return examples;
        }
    }

    private static Report.Example example(Samples test, int index, float[] logits, Tensor maps) {
        Image picture = test.image(index);
        List<Integer> truth = test.labels(index);
        List<Report.Label> labels = new ArrayList<>();
        List<Report.Look> looks = new ArrayList<>();
        int rows = maps.shape().extent(2);
        int columns = maps.shape().extent(3);
        float[] all = maps.toFloats();
        for (int id = 0; id < test.classes(); id++) {
            double probability = 1 / (1 + Math.exp(-logits[index * test.classes() + id]));
            boolean shown = truth.contains(id);
            if (!shown && probability < THRESHOLD) {
                continue;
            }
            Verdict verdict = probability < THRESHOLD ? Verdict.MISSED : shown ? Verdict.RIGHT : Verdict.WRONG;
            labels.add(new Report.Label(Scenes.names().get(id), probability, verdict));
            if (looks.size() < LOOKS) {
                int from = (index * test.classes() + id) * rows * columns;
                Image overlay = HeatMap.overlay(picture, Arrays.copyOfRange(all, from, from + rows * columns), rows,
                        columns);
                looks.add(new Report.Look(Scenes.names().get(id), url(overlay)));
            }
        }
        return new Report.Example(test.name(index), url(picture), labels, looks);
    }

    private static String url(Image image) {
        return Html.dataUrl("image/png", ImageWriter.png(image));
    }

    private static Map<String, String> settings(RunConfig config) {
        Map<String, String> settings = new LinkedHashMap<>();
        config.toMap().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        return settings;
    }

    private static Map<String, String> origin(Backend backend) {
        Map<String, String> origin = new LinkedHashMap<>();
        origin.put("Command", "cprfl demo");
        origin.put("Backend", backend.name() + ": " + backend.describe());
        origin.put("Processor", Provenance.processorName());
        origin.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
        return origin;
    }

    private static String nameOf(ClassGroup group) {
        return group.name().toLowerCase(Locale.ROOT);
    }

    private static Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
