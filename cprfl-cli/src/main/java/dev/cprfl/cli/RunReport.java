package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.cli.report.Report;
import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.evaluation.Bootstrap;
import dev.cprfl.model.evaluation.Bootstrap.Interval;
import dev.cprfl.model.evaluation.Calibration;
import dev.cprfl.model.evaluation.CoOccurrence;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.model.evaluation.Thresholds;
import dev.cprfl.model.training.MetricsLog;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.Session;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.Safetensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Finds out all that a report tells about a run. */
final class RunReport {

    /**
     * The images that a run is reported on, in the size that its network sees.
     *
     * @param train all that the classes were counted in
     * @param validation images to choose thresholds on, or null
     * @param validationName what they are, as a part of a sentence
     */
    record Data(Samples train, Samples validation, String validationName, Samples test) {}

    /** A run with the name that the report gives it. */
    record Named(String name, Run run) {}

    /** How often the test images are drawn again for the intervals. */
    private static final int DRAWS = 1000;
    private static final int BINS = 10;
    private static final double THRESHOLD = 0.5;

    private final Run run;
    private final Data data;
    private final Backend backend;
    private final Common common;
    private final List<String> names;
    private final List<String> groups;

    private RunReport(Run run, Data data, Backend backend, Common common) {
        this.run = run;
        this.data = data;
        this.backend = backend;
        this.common = common;
        names = run.classes().names();
        groups = run.classes().trainCounts().stream().map(count -> nameOf(ClassGroup.of(count))).toList();
    }

    /**
     * @param subject the run, and others on the same data that it is compared with
     * @param data null where none is at hand: then the report has no results, only what the run itself tells
     */
    static Report of(String title, String summary, List<Named> subject, Data data, List<String> notes, Backend backend,
            Common common) {
        return new RunReport(subject.getFirst().run(), data, backend, common).report(title, summary, subject, notes);
    }

    private Report report(String title, String summary, List<Named> subject, List<String> notes) {
        Classifier model = run.load(backend);
        List<ScoreTable> tables = new ArrayList<>();
        if (data != null) {
            tables.add(score(model, data.test(), subject.getFirst().name()));
            subject.stream().skip(1).forEach(other -> tables
                    .add(score(other.run().load(backend), data.test(), other.name())));
        }
        Bootstrap bootstrap = data == null ? null : bootstrap(tables.getFirst());
        List<MultiLabelMetrics> metrics = tables.stream()
                .map(table -> MultiLabelMetrics.of(table, new Prediction(THRESHOLD, true), run.classes().counts()))
                .toList();
        List<Report.Run> runs = IntStream.range(0, subject.size())
                .mapToObj(i -> run(subject.get(i), data == null ? null : metrics.get(i), i == 0 ? bootstrap : null))
                .toList();
        ReportImages images = data == null
                ? null
                : new ReportImages(run, model, data.test(), tables.getFirst(), backend);
        return new Report(title, summary, runs, data == null ? List.of() : classes(metrics, bootstrap),
                data == null || data.validation() == null ? null : thresholds(model, tables.getFirst()),
                data == null ? List.of() : calibrations(tables.getFirst()),
                data == null ? null : CoOccurrence.of(data.train()), prompts(model),
                data == null ? List.of() : images.first(common), data == null ? List.of() : images.hardest(common),
                notes,
                facts());
    }

    private ScoreTable score(Classifier model, Samples samples, String name) {
        try (CountedProgress progress = common.progress("score " + name, "images", samples.size())) {
            return Evaluator.score(model, backend, samples, run.config().evaluationSettings(), progress::done);
        }
    }

    // ---- numbers ------------------------------------------------------------------------------------------------------

    private Bootstrap bootstrap(ScoreTable table) {
        try (CountedProgress progress = common.progress("intervals", "draws", DRAWS)) {
            return Bootstrap.of(table, run.classes().counts(), DRAWS, run.config().training().seed(), progress::done);
        }
    }

    private static Report.Run run(Named named, MultiLabelMetrics metrics, Bootstrap bootstrap) {
        Map<String, Double> means = new LinkedHashMap<>();
        if (metrics != null) {
            means.put("total", orNull(metrics.map()));
            metrics.mapByGroup().forEach((group, mean) -> means.put(nameOf(group), orNull(mean)));
        }
        Map<String, Interval> intervals = new LinkedHashMap<>();
        if (bootstrap != null) {
            intervals.put("total", bootstrap.map());
            bootstrap.mapByGroup().forEach((group, interval) -> intervals.put(nameOf(group), interval));
        }
        List<Report.Epoch> epochs = MetricsLog.read(named.run().folder()).epochs().stream()
                .map(epoch -> new Report.Epoch(epoch.epoch(), epoch.loss(), epoch.lr(), epoch.meanAveragePrecision()))
                .toList();
        return new Report.Run(named.name(), epochs, means, intervals);
    }

    private List<ClassRow> classes(List<MultiLabelMetrics> metrics, Bootstrap bootstrap) {
        List<Integer> testCounts = Run.classCounts(data.test());
        return IntStream.range(0, names.size()).mapToObj(id -> new ClassRow(names.get(id), groups.get(id),
                run.classes().trainCounts().get(id), testCounts.get(id),
                metrics.stream().map(one -> orNull(one.averagePrecision().get(id))).toList(),
                bootstrap.averagePrecision().get(id))).toList();
    }

    private Report.Thresholds thresholds(Classifier model, ScoreTable test) {
        List<OptionalDouble> best = Thresholds.best(score(model, data.validation(), "validation"));
        return new Report.Thresholds(data.validationName(), IntStream.range(0, names.size())
                .mapToObj(id -> new Report.Threshold(names.get(id), groups.get(id), orNull(best.get(id)),
                        orNull(Thresholds.f1(test, id, THRESHOLD)),
                        best.get(id).isEmpty() ? null : orNull(Thresholds.f1(test, id, best.get(id).getAsDouble()))))
                .toList());
    }

    private List<Report.GroupCalibration> calibrations(ScoreTable table) {
        List<Report.GroupCalibration> all = new ArrayList<>();
        all.add(new Report.GroupCalibration("total", Calibration.of(table, _ -> true, BINS)));
        for (ClassGroup group : ClassGroup.values()) {
            if (groups.contains(nameOf(group))) {
                all.add(new Report.GroupCalibration(nameOf(group),
                        Calibration.of(table, id -> groups.get(id).equals(nameOf(group)), BINS)));
            }
        }
        return all;
    }

    // ---- prompts ------------------------------------------------------------------------------------------------------

    private Report.Prompts prompts(Classifier model) {
        if (!(model instanceof Cprfl network)) {
            return null;
        }
        List<Report.Pull> pulls = MetricsLog.read(run.folder()).looks().stream()
                .map(look -> new Report.Pull(look.step(),
                        look.paths().direct(), look.paths().indirect(), look.paths().cosine()))
                .toList();
        return new Report.Prompts(names, groups, promptsAtTheBeginning(), rows(network), pulls);
    }

    /** The network is drawn again from its seed; null where it began with a trained text encoder, whose file is not here. */
    private double[][] promptsAtTheBeginning() {
        Safetensors weights = Safetensors.read(run.weights());
        if (run.config().readsText() && !weights.tensors().containsKey("text_features")) {
            return null;
        }
        try (Scope _ = Scope.open()) {
            return rows((Cprfl) run.network(weights,
                    new Initializer(backend, Rng.of(run.config().training().seed()))));
        }
    }

    /** P, row by row. */
    private static double[][] rows(Cprfl network) {
        try (Scope _ = Scope.open()) {
            Tensor prompts = network.prompts().value();
            double[] all = prompts.toDoubles();
            int width = prompts.shape().extent(1);
            double[][] rows = new double[prompts.shape().extent(0)][];
            Arrays.setAll(rows, id -> Arrays.copyOfRange(all, id * width, (id + 1) * width));
            return rows;
        }
    }

    // ---- words --------------------------------------------------------------------------------------------------------

    private List<Report.Facts> facts() {
        List<Report.Facts> facts = new ArrayList<>();
        Map<String, String> settings = new LinkedHashMap<>();
        flatten("", run.config().toMap(), settings);
        facts.add(new Report.Facts("Settings", settings));
        Provenance provenance = run.provenance();
        Map<String, String> inputs = new LinkedHashMap<>();
        for (Provenance.Input input : provenance.inputs()) {
            inputs.put(input.role(), input.path() + ": " + (input.files() == 1 ? "" : input.files() + " files, ")
                    + (input.sha256() == null
                            ? "not digested yet"
                            : input.bytes() + " bytes, SHA-256 " + input.sha256()));
        }
        if (!inputs.isEmpty()) {
            facts.add(new Report.Facts("What was read", inputs));
        }
        for (int i = 0; i < provenance.sessions().size(); i++) {
            facts.add(new Report.Facts(i == 0 ? "Origin" : "Resumed, time " + i, origin(provenance.sessions().get(i))));
        }
        return facts;
    }

    private static void flatten(String prefix, Map<?, ?> values, Map<String, String> flat) {
        values.forEach((key, value) -> {
            if (value instanceof Map<?, ?> group) {
                flatten(prefix + key + ".", group, flat);
            } else {
                flat.put(prefix + key, String.valueOf(value));
            }
        });
    }

    private static Map<String, String> origin(Session session) {
        Map<String, String> origin = new LinkedHashMap<>();
        origin.put("Time", session.started() + (session.ended() == null ? "" : " to " + session.ended()));
        origin.put("Version", session.version() + (session.revision() == null ? "" : ", commit " + session.revision()));
        origin.put("Backend", session.backend());
        origin.put("Processor", session.processor() + ", " + session.processors() + " processors");
        origin.put("System", session.operatingSystem());
        origin.put("Java", session.java() + " " + String.join(" ", session.jvmFlags()));
        return origin;
    }

    static String nameOf(ClassGroup group) {
        return group.name().toLowerCase(Locale.ROOT);
    }

    private static Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
