package dev.cprfl.cli;

import dev.cprfl.cli.report.Report;
import dev.cprfl.cli.report.ReportPage;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private record Trained(RunReport.Named named, double seconds) {}

    private record Result(long seed, int epochs, List<Measured> networks, Path report) {}

    @Mixin
    private Common common;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "demo-run",
            description = "Folder for the runs and the report; what an earlier demo left there is replaced. Default: demo-run")
    private Path out;

    @Option(names = "--epochs", paramLabel = "N", description = "Train so many epochs instead of the preset's.")
    private Integer epochs;

    @Override
    public Integer call() throws IOException {
        List<String> settings = new ArrayList<>(common.seedSetting());
        if (epochs != null) {
            settings.add("training.epochs=" + epochs);
        }
        RunConfig config = RunConfig.load("demo", null, settings);
        settings.addAll(List.of("loss.name=bce", "head=linear"));
        RunConfig baselineConfig = RunConfig.load("demo", null, settings);
        RunReport.Data data = BuiltInScenes.data(config);
        try (Backend backend = common.openBackend()) {
            common.remark("demo on " + backend.name() + ": " + backend.describe() + "; " + data.train().size()
                    + " training images, " + data.test().size() + " test images, " + config.training().epochs()
                    + " epochs");
            Trained model = train("CPRFL", "cprfl", config, backend);
            Trained baseline = train("Linear head, BCE", "baseline", baselineConfig, backend);
            Report report = RunReport.of("CPRFL on the built-in scenes", summary(config, data, model, baseline),
                    List.of(model.named, baseline.named), data,
                    List.of("Both networks have the same backbone, images, schedule and seed; the averaged weights after the "
                            + "last epoch are tested.",
                            "CPRFL is told the names of the categories through word vectors; the baseline is not."),
                    backend, common);
            Path page = out.resolve("report.html");
            AtomicFile.write(page, ReportPage.render(report).getBytes(StandardCharsets.UTF_8));
            List<Measured> measured = List.of(measured(report, 0, model), measured(report, 1, baseline));
            common.print(new Result(config.training().seed(), config.training().epochs(), measured, page),
                    describe(measured, page));
        }
        return Main.DONE;
    }

    private static String summary(RunConfig config, RunReport.Data data, Trained model, Trained baseline) {
        return String.format(Locale.ROOT,
                "%d drawn scenes with %d categories in the long tail of VOC-LT, %d balanced test images; %d epochs, %.0f s for "
                        + "CPRFL and %.0f s for the baseline.",
                data.train().size(), data.train().classes(), data.test().size(), config.training().epochs(),
                model.seconds, baseline.seconds);
    }

    private Trained train(String name, String folder, RunConfig config, Backend backend)
            throws IOException {
        long start = System.nanoTime();
        Training training = Training.beginOrResume(emptied(out.resolve(folder)), config, BuiltInScenes.photos(config),
                BuiltInScenes::network, Map.of(), backend, new TrainingProgress(common.err(), name));
        training.trainer().train();
        return new Trained(new RunReport.Named(name, training.run()), (System.nanoTime() - start) / 1e9);
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

    private static Measured measured(Report report, int index, Trained trained) {
        return new Measured(trained.named.name(), report.runs().get(index).meanAveragePrecision(), trained.seconds);
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
