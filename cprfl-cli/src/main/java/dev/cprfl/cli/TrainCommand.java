package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.DatasetFiles;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.Trainer;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains CPRFL on photos. */
@Command(name = "train", mixinStandardHelpOptions = true,
        description = {"Train CPRFL on a data set and keep everything about the run in one folder.",
            "Ctrl-C saves and ends; --resume goes on from the last checkpoint, bit for bit as if nothing had happened."},
        footer = {"", "Examples:",
            "  cprfl train --data voc.yaml --out runs/voc --preset small --text-embeddings voc20_clip_vitb16.npy",
            "  cprfl train --data voc.yaml --out runs/voc --clip RN50.pt --backbone-weights resnet101.pth",
            "  cprfl train --data voc.yaml --out runs/voc --resume",
            "  cprfl train --data coco.yaml --out runs/coco --text-embeddings coco80.npy --set textDim=512 "
                    + "--backbone-weights resnet101.safetensors",
            "", "Presets: demo, small, voc-lt, coco-lt. Every key of the configuration is explained in defaults.yaml."})
final class TrainCommand implements Callable<Integer> {

    private record Result(Path run, boolean complete, int epochs, Path weights) {}

    @Mixin
    private Common common;

    @Option(names = "--data", required = true, paramLabel = "DATASET.yaml",
            description = "The data set; see check-data.")
    private Path data;

    @Option(names = "--out", required = true, paramLabel = "RUN", description = "The folder of the run.")
    private Path out;

    @Option(names = "--preset", paramLabel = "P", description = "A set of settings: ${COMPLETION-CANDIDATES}",
            completionCandidates = Presets.class)
    private String preset;

    @Option(names = "--config", paramLabel = "C.yaml", description = "Settings that differ from the defaults.")
    private Path config;

    @Option(names = "--set", paramLabel = "key=value", description = "A single setting, such as training.lr=1e-4.")
    private List<String> settings = List.of();

    @Mixin
    private BackboneWeights backbone;

    @Mixin
    private TrainText text;

    @Option(names = "--resume", description = "Go on with the run in RUN; its own configuration holds.")
    private boolean resume;

    @Option(names = "--skip-bad", description = "Leave unreadable photos out, counting and listing them.")
    private boolean skipBad;

    /** The presets' names, for the help text. */
    static final class Presets extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Presets() {
            super(RunConfig.PRESETS);
        }
    }

    @Override
    public Integer call() throws IOException {
        Run old = resume ? Run.open(out) : null;
        RunConfig settled = resume ? old.config() : configuration();
        if (resume && (preset != null || config != null || !settings.isEmpty())) {
            requireSame(settled, configuration());
        }
        Dataset dataset = Dataset.read(data);
        TrainingPhotos photos = TrainingPhotos.of(data, dataset, settled, common::remark);
        Run.Classes known = photos.classes();
        if (old != null && !known.equals(old.classes())) {
            throw new UserException(data + ": its classes or their training images are not those that the run " + out
                    + " began with");
        }
        int totalSteps = Trainer.totalSteps(settled, photos.train().size());
        if (old == null) {
            text.open(settled, known.names().size(), common);
        }
        try (Backend backend = common.openBackend()) {
            Classifier model = network(settled, old, known, backend);
            Map<String, List<Path>> inputs = inputs(dataset);
            Run run = resume
                    ? old
                    : Run.create(out, settled, known,
                            Provenance.of(backend, settled.training().seed(), inputs, settled.toMap()),
                            text.prompts(settled, known.names()));
            Learner learner = new Learner(model,
                    settled.lossFunction(new ClassFrequencies(photos.all().size(), known.trainCounts())),
                    settled.training(), totalSteps);
            Trainer trainer = new Trainer(run, learner, backend, TrainingPhotos.cached(photos.train(), settled),
                    photos.selection() == null ? null : TrainingPhotos.cached(photos.selection(), settled),
                    settled.imageAugmentation(), new TrainingProgress(common.err(), "train"));
            if (resume) {
                trainer.resume();
            }
            boolean complete = Interruption.untilDoneOrInterrupted(trainer, run, inputs, common,
                    "cprfl train --data " + data + " --out " + out + " --resume");
            Result result = new Result(out, complete, settled.training().epochs(), run.weights());
            common.print(result, complete ? "trained; weights: " + run.weights() : "stopped");
            return Main.DONE;
        }
    }

    /** A resumed run keeps its settings: who repeats the command may repeat them, but not change them. */
    private void requireSame(RunConfig old, RunConfig given) {
        List<String> before = old.toYaml().lines().toList();
        List<String> now = given.toYaml().lines().toList();
        for (int i = 0; i < Math.min(before.size(), now.size()); i++) {
            if (!before.get(i).equals(now.get(i))) {
                throw new UserException(
                        out + " was begun with other settings (\"" + before.get(i).strip() + "\", not \""
                                + now.get(i).strip()
                                + "\"), and --resume goes on with those: leave out what differs, or start a "
                                + "new run in another folder");
            }
        }
    }

    private RunConfig configuration() {
        List<String> all = new ArrayList<>(settings);
        all.addAll(common.seedSetting());
        if (skipBad) {
            all.add("data.skipBad=true");
        }
        return RunConfig.load(preset, config, all);
    }

    /** All that the run is made from, by what it is. */
    private Map<String, List<Path>> inputs(Dataset dataset) {
        Map<String, List<Path>> inputs = DatasetFiles.descriptions(data, dataset);
        dataset.splits().forEach((split, samples) -> inputs.put("images of " + split, DatasetFiles.images(samples)));
        text.addInputs(inputs);
        backbone.addInputs(inputs);
        if (config != null) {
            inputs.put("configuration", List.of(config));
        }
        return inputs;
    }

    /** @param old the run to go on with, or null */
    private Classifier network(RunConfig settled, Run old, Run.Classes classes, Backend backend) throws IOException {
        Initializer initializer = new Initializer(backend, Rng.of(settled.training().seed()));
        if (old != null) {
            return old.network(Safetensors.read(old.last()), initializer);
        }
        Classifier model = text.network(settled, classes.names(), initializer, common);
        backbone.load(model, text.partial(), common);
        return model;
    }
}
