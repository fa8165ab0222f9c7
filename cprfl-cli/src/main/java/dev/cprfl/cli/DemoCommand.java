package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.cli.report.Report;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.data.scenes.WordEmbeddings;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.Trainer;
import dev.cprfl.model.training.TrainingListener;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job on the built-in scenes: no files needed. */
@Command(name = "demo", mixinStandardHelpOptions = true,
        description = {
            "Train CPRFL on the built-in scenes, whose 20 categories are pairs of a colour and a figure with a long tail of "
                    + "rare ones. For comparison train the same backbone with a linear layer and BCE, test both on a balanced "
                    + "set, and write report.html with curves, results by class, and what the network looked at.",
            "Needs no files. It prints what was measured, whichever wins."},
        footer = {"", "Examples:", "  cprfl demo", "  cprfl demo --out /tmp/demo --seed 2",
            "  cprfl demo --epochs 1        a quick look that learns little"})
final class DemoCommand implements Callable<Integer> {

    /** What was measured for one network; mAP by total, head, medium and tail. */
    record Measured(String name, Map<String, Double> mAP, double trainingSeconds) {}

    private record Result(long seed, int epochs, List<Measured> networks, Path report) {}

    @Mixin
    private Common common;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "demo-run",
            description = "Folder for the runs and the report; what an earlier demo left there is replaced. Default: demo-run")
    private Path out;

    @Option(names = "--epochs", paramLabel = "N", description = "Train so many epochs instead of the preset's.")
    private Integer epochs;

    /** A trained network with its test results. */
    record Trained(String name, Classifier model, MultiLabelMetrics metrics, ScoreTable scores,
            List<TrainingListener.Epoch> epochs, List<Report.Pull> pulls, double seconds) {}

    /** P, row by row. */
    static double[][] prompts(Cprfl network) {
        try (Scope _ = Scope.open()) {
            Tensor prompts = network.prompts().value();
            double[] all = prompts.toDoubles();
            int width = prompts.shape().extent(1);
            double[][] rows = new double[prompts.shape().extent(0)][];
            Arrays.setAll(rows, id -> Arrays.copyOfRange(all, id * width, (id + 1) * width));
            return rows;
        }
    }

    @Override
    public Integer call() throws IOException {
        List<String> settings = new ArrayList<>(common.seedSetting());
        if (epochs != null) {
            settings.add("training.epochs=" + epochs);
        }
        RunConfig config = RunConfig.load("demo", null, settings);
        settings.add("loss.name=bce");
        RunConfig baselineConfig = RunConfig.load("demo", null, settings);
        long seed = config.training().seed();
        Samples train = Scenes.train(seed, config.imageSize());
        Samples test = Scenes.test(seed, config.imageSize());
        try (Backend backend = common.openBackend()) {
            common.remark("demo on " + backend.name() + ": " + backend.describe() + "; " + train.size()
                    + " training images, " + test.size() + " test images, " + config.training().epochs() + " epochs");
            Tensor text = Tensor.of(backend, Shape.of(train.classes(), config.textDim()),
                    WordEmbeddings.embed(Scenes.names(), config.textDim()));
            Cprfl cprfl = new Cprfl(config.network(), text, new Initializer(backend, Rng.of(seed)));
            Classifier linear = new LinearClassifier(config.resNet(), train.classes(),
                    new Initializer(backend, Rng.of(seed)));
            double[][] before = prompts(cprfl);
            Trained model = train("CPRFL", "cprfl", cprfl, config, train, test, backend);
            Trained baseline = train("Linear head, BCE", "baseline", linear, baselineConfig, train, test, backend);
            Path report = out.resolve("report.html");
            String page = DemoReport.render(config, cprfl, before, model, baseline, train, test, backend);
            AtomicFile.write(report, page.getBytes(StandardCharsets.UTF_8));
            List<Measured> measured = List.of(measured(model), measured(baseline));
            common.print(new Result(seed, config.training().epochs(), measured, report), describe(measured, report));
        }
        return Main.DONE;
    }

    private Trained train(String name, String folder, Classifier network, RunConfig config, Samples train, Samples test,
            Backend backend) throws IOException {
        Path place = emptied(out.resolve(folder));
        List<Integer> counts = Run.classCounts(train);
        Run run = Run.create(place, config, new Run.Classes(Scenes.names(), counts),
                Provenance.of(backend, config.training().seed(), Map.of(), config.toMap()));
        Learner learner = new Learner(network, config.lossFunction(new ClassFrequencies(train.size(), counts)),
                config.training(),
                Trainer.totalSteps(config, train.size()));
        List<TrainingListener.Epoch> epochs = new ArrayList<>();
        List<Report.Pull> pulls = new ArrayList<>();
        long start = System.nanoTime();
        new Trainer(run, learner, backend, train, null, config.imageAugmentation(),
                new TrainingProgress(common.err(), name) {
                    @Override
                    public void step(Step step) {
                        super.step(step);
                        if (step.paths() != null) {
                            pulls.add(new Report.Pull(step.step(), step.paths().direct(), step.paths().indirect(),
                                    step.paths().cosine()));
                        }
                    }

                    @Override
                    public void epoch(Epoch epoch) {
                        epochs.add(epoch);
                    }
                }).train();
        double seconds = (System.nanoTime() - start) / 1e9;
        learner.average().swap(); // the averaged weights are what is tested, shown and kept
        ScoreTable scores = Evaluator.score(network, backend, test, config.evaluationSettings(), _ -> {});
        MultiLabelMetrics metrics = MultiLabelMetrics.of(scores, new Prediction(0.5, true), run.classes().counts());
        return new Trained(name, network, metrics, scores, epochs, pulls, seconds);
    }

    /** Removes the files of an earlier demo; a folder that holds anything else is not touched. */
    private static Path emptied(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return folder;
        }
        if (!Files.exists(folder.resolve("config.yaml"))) {
            throw new UserException(folder + " exists and is not a run; choose another --out");
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        return folder;
    }

    private static Measured measured(Trained trained) {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("total", trained.metrics.map().orElse(0));
        trained.metrics.mapByGroup()
                .forEach((group, mean) -> means.put(group.name().toLowerCase(Locale.ROOT), mean.orElse(0)));
        return new Measured(trained.name, means, trained.seconds);
    }

    private static String describe(List<Measured> measured, Path report) {
        TextTable table = new TextTable("test mAP %", ">total", ">head", ">medium", ">tail", ">training s");
        for (Measured one : measured) {
            List<Object> cells = new ArrayList<>(List.of(one.name));
            one.mAP.values().forEach(mean -> cells.add(String.format(Locale.ROOT, "%.2f", 100 * mean)));
            cells.add(String.format(Locale.ROOT, "%.0f", one.trainingSeconds));
            table.row(cells.toArray());
        }
        return table + "\nreport: " + report;
    }
}
