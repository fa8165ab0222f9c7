package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.DatasetFiles;
import dev.cprfl.model.data.FileSamples;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.ResizedSamples;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.SubsetSamples;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.Trainer;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import dev.cprfl.tensor.io.WeightFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
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

    @Option(names = "--backbone-weights", paramLabel = "F",
            description = "ImageNet weights of torchvision or timm, or for backbone clip-rn50 and the like a CLIP checkpoint.")
    private Path backboneWeights;

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
        int classes = dataset.classNames().size();
        Samples all = photos(dataset, "train", settled);
        Run.Classes known = new Run.Classes(dataset.classNames(), Run.classCounts(all));
        if (known.trainCounts().stream().allMatch(count -> count == 0)) {
            throw new UserException(data + ": none of the " + all.size() + " images of the split train has a label");
        }
        if (old != null && !known.equals(old.classes())) {
            throw new UserException(data + ": its classes or their training images are not those that the run " + out
                    + " began with");
        }
        Samples selection = selection(dataset, settled, all);
        Samples train = settled.selection().equals("validation") && !dataset.splits().containsKey("val")
                ? new SubsetSamples(all, validation(all, settled).get(false))
                : all;
        int totalSteps = Trainer.totalSteps(settled, train.size());
        if (old == null) {
            text.open(settled, classes, common);
        }
        try (Backend backend = common.openBackend()) {
            Cprfl model = network(settled, old, known, backend);
            Run run = resume ? old : newRun(settled, known, dataset, backend);
            Learner learner = new Learner(model,
                    settled.lossFunction(new ClassFrequencies(all.size(), known.trainCounts())), settled.training(),
                    totalSteps);
            Trainer trainer = new Trainer(run, learner, backend, cached(train, settled),
                    selection == null ? null : cached(selection, settled), settled.imageAugmentation(),
                    new TrainingProgress(common.err(), "train"));
            if (resume) {
                trainer.resume();
            }
            boolean complete = untilDoneOrInterrupted(trainer);
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

    private Samples photos(Dataset dataset, String split, RunConfig settled) {
        Samples photos = new FileSamples(dataset.split(split), dataset.classNames().size(),
                new ImageReader(settled.data().exifOrientation()));
        if (settled.data().skipBad()) {
            SubsetSamples.Sound sound = SubsetSamples.withoutBad(photos, settled.loaderThreads());
            sound.bad().forEach(line -> common.remark("left out: " + line));
            common.remark(sound.bad().size() + " of " + photos.size() + " images of " + split + " left out");
            photos = sound.samples();
        }
        if (photos.size() == 0) {
            throw new UserException(data + ": the split " + split + " has no images");
        }
        return photos;
    }

    private static Samples cached(Samples samples, RunConfig settled) {
        return new ResizedSamples(samples, settled.imageSize(), Resample.BILINEAR,
                (long) settled.data().cacheMegabytes() << 20);
    }

    /** The images that the best weights are chosen on, or null to keep the last weights. */
    private Samples selection(Dataset dataset, RunConfig settled, Samples train) {
        return switch (settled.selection()) {
            case "last" -> null;
            case "test" -> photos(dataset, "test", settled);
            default -> dataset.splits().containsKey("val")
                    ? photos(dataset, "val", settled)
                    : new SubsetSamples(train, validation(train, settled).get(true));
        };
    }

    /** Which training images are held back (true) and which not, drawn by the seed. */
    private static Map<Boolean, List<Integer>> validation(Samples train, RunConfig settled) {
        int[] order = IntStream.range(0, train.size()).toArray();
        Rng.of(settled.training().seed(), -1).shuffle(order);
        int held = (int) Math.round(train.size() * settled.validationFraction());
        if (held == 0 || held == train.size()) {
            throw new UserException("validationFraction " + settled.validationFraction() + " of " + train.size()
                    + " images leaves a part without images; set selection=last or selection=test");
        }
        return Map.of(true, IntStream.of(order).limit(held).sorted().boxed().toList(), false,
                IntStream.of(order).skip(held).sorted().boxed().toList());
    }

    private Run newRun(RunConfig settled, Run.Classes classes, Dataset dataset, Backend backend) throws IOException {
        Map<String, List<Path>> inputs = DatasetFiles.descriptions(data, dataset);
        dataset.splits().forEach((split, samples) -> inputs.put("images of " + split, DatasetFiles.images(samples)));
        text.addInputs(inputs);
        if (backboneWeights != null) {
            inputs.put("backbone weights", List.of(backboneWeights));
        }
        if (config != null) {
            inputs.put("configuration", List.of(config));
        }
        return Run.create(out, settled, classes,
                Provenance.of(backend, settled.training().seed(), inputs, settled.toMap()),
                text.prompts(settled, classes.names()));
    }

    /** @param old the run to go on with, or null */
    private Cprfl network(RunConfig settled, Run old, Run.Classes classes, Backend backend) throws IOException {
        Initializer initializer = new Initializer(backend, Rng.of(settled.training().seed()));
        if (old != null) {
            return old.network(Safetensors.read(old.last()), initializer);
        }
        Cprfl model = text.network(settled, classes.names(), initializer, common);
        if (backboneWeights != null) {
            loadBackbone(model);
        }
        return model;
    }

    /** Refuses weights that do not give the whole backbone, unless told; says what was used and what was left over. */
    private void loadBackbone(Cprfl model) {
        Map<String, HostTensor> weights = WeightNames.toOwn(WeightFile.open(backboneWeights).tensors());
        StateDict.Report found = StateDict.compare(model, weights);
        Map<String, Shape> lacking = new LinkedHashMap<>(found.missing());
        // Files older than PyTorch 0.4.1 do not count batches, and nothing here depends on the count.
        lacking.keySet()
                .removeIf(name -> !name.startsWith("backbone.") || name.endsWith("num_batches_tracked"));
        StateDict.Report report = new StateDict.Report(found.used(), lacking, found.leftOver(), found.mismatches());
        if (!text.partial() && !(lacking.isEmpty() && found.mismatches().isEmpty())) {
            throw new UserException(backboneWeights + " does not fit the backbone: " + report
                    + "; --partial-weights takes what fits");
        }
        StateDict.loadMatching(model, weights);
        common.remark("backbone weights of " + backboneWeights + ": " + report);
    }

    /** Trains; Ctrl-C asks the trainer to save and waits for it, so that the process ends with everything written. */
    private boolean untilDoneOrInterrupted(Trainer trainer) {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread onInterrupt = new Thread(() -> {
            trainer.stop();
            try {
                if (!ended.join()) {
                    common.remark("stopped and saved; go on with: cprfl train --data " + data + " --out " + out
                            + " --resume");
                }
            } catch (CompletionException e) {
                Failures.report(e.getCause(), common.err());
            }
        });
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        try {
            boolean complete = trainer.train();
            dismiss(onInterrupt);
            ended.complete(complete);
            return complete;
        } catch (RuntimeException | Error e) {
            dismiss(onInterrupt);
            ended.completeExceptionally(e);
            throw e;
        }
    }

    private static void dismiss(Thread shutdownHook) {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // The shutdown has begun, so the hook is running.
        }
    }
}
