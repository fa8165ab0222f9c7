package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.cli.AblationSuite.Variant;
import dev.cprfl.cli.AblationTable.Cell;
import dev.cprfl.cli.report.AblationPage;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.DatasetFiles;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Trains variants of the method with several seeds each, and compares them. */
@Command(name = "ablate", mixinStandardHelpOptions = true,
        description = {
            "Train variants with several seeds each and write mean and standard deviation of the test mAP (total, head, medium, "
                    + "tail) to DIR/ablation.txt, .json, .csv and .html.",
            "The same command goes on where it was stopped: a finished training is not run again, a stopped one resumes from its "
                    + "checkpoint. Without --suite the built-in variants, without --data the built-in scenes."},
        footer = {"", "Examples:",
            "  cprfl ablate --out ablation                      under an hour on two cores",
            "  cprfl ablate --out quick --seeds 1 --only cprfl --only cut-direct --set training.epochs=2",
            "  cprfl ablate --out voc --data voc.yaml --preset small --text-embeddings voc20.npy",
            "",
            "A suite is a YAML file: preset (optional), seeds, set (settings of all), and variants, a list of {name, about, set};",
            "each set is a list of key=value as for train --set. The first variant is what the others are compared with."})
final class AblateCommand implements Callable<Integer> {

    private static final String RESULT = "result.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Mixin
    private Common common;

    @Option(names = "--suite", paramLabel = "FILE.yaml", description = "The variants, instead of the built-in ones.")
    private Path suiteFile;

    @Option(names = "--data", paramLabel = "DATASET.yaml",
            description = "A data set with the splits train and test, instead of the built-in scenes; see check-data.")
    private Path data;

    @Option(names = "--out", paramLabel = "DIR", required = true,
            description = "Folder for the table and a run for each training, DIR/VARIANT/seed-N.")
    private Path out;

    @Option(names = "--seeds", paramLabel = "N",
            description = "Trainings of each variant, instead of the suite's number.")
    private Integer seeds;

    @Option(names = "--only", paramLabel = "NAME", description = "Only this variant; can be given several times.")
    private List<String> only = List.of();

    @Option(names = "--preset", paramLabel = "P",
            description = "What all variants start from, instead of the suite's preset and its common settings.")
    private String preset;

    @Option(names = "--set", paramLabel = "key=value", description = "A setting of all variants.")
    private List<String> settings = List.of();

    @Mixin
    private BackboneWeights backbone;

    @Mixin
    private TrainText text;

    /** A training to be done, or done. */
    private record Planned(Variant variant, RunConfig config) {}

    @Override
    public Integer call() throws IOException {
        AblationSuite suite = suite();
        List<Variant> variants = suite.only(only);
        List<Planned> plan = plan(suite, variants);
        Dataset dataset = data == null ? null : Dataset.read(data);
        if (dataset == null && (text.given() || backbone.given())) {
            throw new UserException("the built-in scenes have word vectors and no pretrained backbone of their own: "
                    + "--text-embeddings, --clip and --backbone-weights go with --data");
        }
        if (dataset != null) {
            dataset.split("test");
            RunConfig reader = plan.stream().map(Planned::config).filter(RunConfig::readsText).findFirst()
                    .orElse(plan.getFirst().config);
            text.open(reader, dataset.classNames().size(), common);
        }
        List<Cell> cells = new ArrayList<>();
        AblationTable table = AblationTable.of(variants, cells);
        int trained = 0;
        long start = System.nanoTime();
        try (Backend backend = common.openBackend()) {
            for (Planned planned : plan) {
                Cell cell = finished(planned);
                if (cell == null) {
                    cell = run(planned, dataset, backend);
                    if (cell == null) {
                        return Main.DONE; // interrupted; what was done is saved
                    }
                    trained++;
                }
                cells.add(cell);
                table = AblationTable.of(variants, cells);
                write(table);
                tell(planned, cell, cells.size(), plan, trained, (System.nanoTime() - start) / 1e9);
            }
        }
        common.print(table, table.toText() + "\ntables: " + out.resolve("ablation.txt") + ", .json, .csv, .html");
        return Main.DONE;
    }

    private AblationSuite suite() {
        AblationSuite read = AblationSuite.read(suiteFile);
        return preset == null ? read : new AblationSuite(preset, read.seeds(), List.of(), read.variants());
    }

    /** All trainings with their configurations, so that a wrong one is found before the first begins. Seeds run outermost. */
    private List<Planned> plan(AblationSuite suite, List<Variant> variants) {
        if (seeds != null && seeds < 1) {
            throw new UserException("--seeds " + seeds + ": give a positive number");
        }
        List<String> all = new ArrayList<>(settings);
        all.addAll(common.seedSetting());
        int count = seeds != null ? seeds : suite.seeds() == null ? 1 : suite.seeds();
        List<Planned> plan = new ArrayList<>();
        long first = suite.config(variants.getFirst(), all).training().seed();
        for (long seed : LongStream.range(first, first + count).toArray()) {
            for (Variant variant : variants) {
                List<String> own = new ArrayList<>(all);
                own.add("training.seed=" + seed);
                plan.add(new Planned(variant, suite.config(variant, own)));
            }
        }
        return plan;
    }

    private Path folder(Planned planned) {
        return out.resolve(planned.variant.name()).resolve("seed-" + planned.config.training().seed());
    }

    /** The result of an earlier call, or null. */
    private Cell finished(Planned planned) {
        Path file = folder(planned).resolve(RESULT);
        if (!Files.exists(file)) {
            return null;
        }
        if (!Run.open(folder(planned)).config().toYaml().equals(planned.config.toYaml())) {
            throw new UserException(folder(planned) + " was trained with other settings; choose another --out");
        }
        try {
            return JSON.readValue(Files.readString(file), Cell.class);
        } catch (IOException | JacksonException e) {
            throw new UserException(file + ": cannot be read; remove it to test the run again", e);
        }
    }

    /** Trains and tests; null if it was interrupted. */
    private Cell run(Planned planned, Dataset dataset, Backend backend) throws IOException {
        RunConfig config = planned.config;
        Path folder = folder(planned);
        String name = planned.variant.name() + " seed " + config.training().seed();
        TrainingPhotos photos = dataset == null ? BuiltInScenes.photos(config) : photos(dataset, config);
        Map<String, List<Path>> inputs = inputs(dataset);
        Training training = Training.beginOrResume(folder, config, photos,
                dataset == null
                        ? BuiltInScenes::network
                        : (settled, initializer) -> network(dataset, settled, initializer),
                inputs, backend,
                new TrainingProgress(common.err(), name));
        if (!Interruption.untilDoneOrInterrupted(training.trainer(), training.run(), inputs, common,
                "the same command")) {
            return null;
        }
        Samples test = dataset == null
                ? BuiltInScenes.test(config)
                : TrainingPhotos.cached(TrainingPhotos.photos(data, dataset, "test", config, common::remark), config);
        Map<String, Double> means = new LinkedHashMap<>();
        try (CountedProgress progress = common.progress("test " + name, "images", test.size())) {
            MultiLabelMetrics metrics = MultiLabelMetrics.of(
                    Evaluator.score(training.run().load(backend), backend, test,
                            config.evaluationSettings(), progress::done),
                    new Prediction(0.5, true),
                    training.run().classes().counts());
            means.put("total", metrics.map().isPresent() ? metrics.map().getAsDouble() : null);
            metrics.mapByGroup().forEach((group, mean) -> means.put(RunReport.nameOf(group),
                    mean.isPresent() ? mean.getAsDouble() : null));
        }
        Cell cell = new Cell(planned.variant.name(), config.training().seed(), means);
        AtomicFile.write(folder.resolve(RESULT), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(cell));
        tidy(folder);
        return cell;
    }

    private TrainingPhotos photos(Dataset dataset, RunConfig config) {
        TrainingPhotos photos = TrainingPhotos.of(data, dataset, config, common::remark);
        return new TrainingPhotos(photos.all(), TrainingPhotos.cached(photos.train(), config),
                photos.selection() == null ? null : TrainingPhotos.cached(photos.selection(), config),
                photos.classes());
    }

    private Classifier network(Dataset dataset, RunConfig config, Initializer initializer) throws IOException {
        Classifier network = text.network(config, dataset.classNames(), initializer, common);
        backbone.load(network, text.partial(), common);
        return network;
    }

    private Map<String, List<Path>> inputs(Dataset dataset) {
        if (dataset == null) {
            return Map.of();
        }
        Map<String, List<Path>> inputs = new LinkedHashMap<>(DatasetFiles.descriptions(data, dataset));
        text.addInputs(inputs);
        backbone.addInputs(inputs);
        return inputs;
    }

    /** A finished run keeps the weights that were tested; what only going on would need takes much room. */
    private static void tidy(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("best.safetensors"))) {
            return;
        }
        Files.deleteIfExists(folder.resolve("last.safetensors"));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "optimizer-*.safetensors")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    /** @param trained how many this call has trained so far, in so many seconds */
    private void tell(Planned planned, Cell cell, int done, List<Planned> plan, int trained, double seconds) {
        long open = plan.stream().skip(done).filter(next -> !Files.exists(folder(next).resolve(RESULT))).count();
        Double map = cell.meanAveragePrecision().get("total");
        common.remark(String.format(Locale.ROOT, "%d of %d: %s, seed %d: mAP %s%s", done, plan.size(),
                planned.variant.name(), cell.seed(),
                map == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * map),
                trained == 0 || open == 0
                        ? ""
                        : String.format(Locale.ROOT, "; %.1f trainings an hour, %.0f min left",
                                3600 * trained / seconds,
                                seconds / trained * open / 60)));
    }

    private void write(AblationTable table) {
        write("ablation.txt", table.toText());
        write("ablation.json", JSON.writerWithDefaultPrettyPrinter().writeValueAsString(table) + "\n");
        write("ablation.csv", table.toCsv());
        write("ablation.html", AblationPage.render("Ablation",
                "Test mAP in percent, mean and standard deviation over the seeds; in brackets the difference from the first "
                        + "variant.",
                table.variants().stream().map(row -> new AblationPage.Line(row.variant(), row.about(), row.seeds(),
                        row.meanAveragePrecision().values().stream()
                                .map(spread -> new AblationPage.Cell(spread.mean(), spread.std())).toList()))
                        .toList()));
    }

    private void write(String name, String content) {
        AtomicFile.write(out.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }
}
