package dev.cprfl.cli;

import dev.cprfl.cli.report.Report;
import dev.cprfl.cli.report.ReportPage;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.training.MetricsLog;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells all about a run on one page. */
@Command(name = "report", mixinStandardHelpOptions = true,
        description = {
            "Write one HTML page about a run: curves, results by class with bootstrap intervals, calibration, thresholds, which "
                    + "classes come together, the hardest images, attention and Grad-CAM, prompts, and where it all comes from.",
            "The page needs nothing else: no server, no script, no network. Without --data it shows what the run itself knows; "
                    + "runs on the built-in scenes need no --data."},
        footer = {"", "Examples:",
            "  cprfl report --run runs/voc --data voc.yaml",
            "  cprfl report --run runs/voc --data voc.yaml --split val --out val.html",
            "  cprfl report --run demo-run/cprfl",
            "",
            "Thresholds are chosen on the split val, else on the images that the training held back (validationFraction);",
            "where there is neither, the page has none: those chosen on test images would flatter."})
final class ReportCommand implements Callable<Integer> {

    private record Result(Path run, Path report, long bytes, Map<String, Double> mAP) {}

    @Mixin
    private Common common;

    @Option(names = "--run", paramLabel = "RUN", required = true, description = "The folder of a run.")
    private Path run;

    @Option(names = "--data", paramLabel = "DATASET.yaml", description = "The data set; see check-data.")
    private Path data;

    @Option(names = "--split", paramLabel = "NAME", defaultValue = "test",
            description = "The images to report on: test (the default), val or train.")
    private String split;

    @Option(names = "--out", paramLabel = "FILE.html",
            description = "The page; what was there is replaced. Default: report.html in the folder of the run.")
    private Path out;

    @Override
    public Integer call() throws IOException {
        Run trained = Run.open(run);
        RunReport.Data images = images(trained);
        Path page = out == null ? run.resolve("report.html") : out;
        if (Files.isDirectory(page)) {
            throw new UserException("--out " + page + " is a folder; give the name of a file");
        }
        Report report;
        try (Backend backend = common.openBackend()) {
            report = RunReport.of("The run " + name(), summary(trained, images),
                    List.of(new RunReport.Named(name(), trained)), images, notes(images), backend, common);
        }
        AtomicFile.write(page, ReportPage.render(report).getBytes(StandardCharsets.UTF_8));
        common.print(new Result(run, page, Files.size(page), report.runs().getFirst().meanAveragePrecision()),
                "report: " + page);
        return Main.DONE;
    }

    private String name() {
        Path name = run.toAbsolutePath().normalize().getFileName();
        return name == null ? run.toString() : name.toString();
    }

    private RunReport.Data images(Run trained) {
        if (data != null) {
            return photos(trained);
        }
        if (trained.classes().names().equals(Scenes.names()) && split.equals("test")) {
            return BuiltInScenes.data(trained.config());
        }
        common.remark("without --data the report has no results and no images");
        return null;
    }

    private RunReport.Data photos(Run trained) {
        Dataset dataset = Dataset.read(data);
        trained.requireClasses(dataset.classNames(), data);
        RunConfig config = trained.config();
        Samples all = TrainingPhotos.photos(data, dataset, "train", config, common::remark);
        Samples validation = split.equals("val")
                ? null
                : TrainingPhotos.validation(data, dataset, config, all, common::remark);
        Samples test = TrainingPhotos.photos(data, dataset, split, config, common::remark);
        return new RunReport.Data(all, validation == null ? null : TrainingPhotos.cached(validation, config),
                dataset.splits().containsKey("val")
                        ? "the split val"
                        : "the images of the split train that the training held back",
                TrainingPhotos.cached(test, config));
    }

    private String summary(Run trained, RunReport.Data images) {
        int epochs = MetricsLog.read(trained.folder()).epochs().size();
        return trained.classes().names().size() + " classes; " + epochs + " of " + trained.config().training().epochs()
                + " epochs trained; weights of " + trained.weights().getFileName()
                + (images == null
                        ? "."
                        : "; " + images.test().size()
                                + (data == null
                                        ? " scenes drawn to test it."
                                        : " images of the split "
                                                + split + " of " + data.getFileName() + "."));
    }

    private List<String> notes(RunReport.Data images) {
        if (images == null) {
            return List.of("Written without a data set: only what the run itself knows.");
        }
        return split.equals("train")
                ? List.of("The network has learnt from these very images, so the results say how well it remembers.")
                : List.of();
    }
}
