package dev.cprfl.model.training;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.data.Samples;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import dev.cprfl.tensor.io.FileErrors;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder of a training run: {@code config.yaml}, {@code classes.json}, {@code metrics.jsonl}, {@code last.safetensors},
 * {@code best.safetensors}, {@code provenance.json} and the optimizer's state. Everything that serving needs is in it.
 */
public record Run(Path folder, RunConfig config, Classes classes) {

    /**
     * The classes that a run knows.
     *
     * @param names by class id
     * @param trainCounts training images per class, which decide between head, medium and tail
     */
    public record Classes(List<String> names, List<Integer> trainCounts) {

        public int[] counts() {
            return trainCounts.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private static final String CONFIG = "config.yaml";
    private static final String CLASSES = "classes.json";
    private static final String PROVENANCE = "provenance.json";
    private static final String BEST = "best.safetensors";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Held while provenance.json changes, by the training or the digests beside it, and while a checkpoint removes temporary
     * files, of which one may be the next provenance.json.
     */
    static final Object CHANGING = new Object();

    /**
     * Makes the folder of a new run. What a run left there that ended before its first checkpoint is replaced.
     *
     * @throws UserException if there are weights of a run in it already, or it cannot be written
     */
    public static Run create(Path folder, RunConfig config, Classes classes, Provenance provenance) {
        return create(folder, config, classes, provenance, null);
    }

    /**
     * As {@link #create(Path, RunConfig, Classes, Provenance)}, for a run that trains its text encoder.
     *
     * @param prompts what the text encoder reads, or null where there is none
     */
    public static Run create(Path folder, RunConfig config, Classes classes, Provenance provenance,
            TextPrompts prompts) {
        if (Files.exists(folder.resolve(BEST)) || Checkpoint.exists(folder)) {
            throw new UserException(
                    folder + " already holds a run; go on with it by --resume, or choose another --out");
        }
        if (Files.exists(folder.resolve(CONFIG)) && !Files.exists(folder.resolve(PROVENANCE))) {
            throw new UserException(
                    folder.resolve(CONFIG) + " is not that of a run and would be replaced; choose another --out");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UserException("cannot make the folder " + folder + ": " + FileErrors.reason(e), e);
        }
        AtomicFile.write(folder.resolve(CLASSES), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(classes));
        TextPrompts.write(prompts, folder);
        Run run = new Run(folder, config, classes);
        run.write(provenance);
        AtomicFile.write(folder.resolve(CONFIG), config.toYaml().getBytes(StandardCharsets.UTF_8));
        return run;
    }

    private void write(Provenance provenance) {
        AtomicFile.write(folder.resolve(PROVENANCE),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(provenance));
    }

    /**
     * Where the run's numbers come from.
     *
     * @throws UserException if the file is missing or damaged
     */
    public Provenance provenance() {
        Path file = folder.resolve(PROVENANCE);
        try {
            return JSON.readValue(Files.readString(file), Provenance.class);
        } catch (IOException | JacksonException e) {
            throw new UserException(file + ": cannot be read; the run is damaged", e);
        }
    }

    /** Notes that this process goes on with the run. */
    void recordResumption(Backend backend) {
        rewrite(provenance -> provenance.resumed(backend));
    }

    /** Notes the time as the end of this process's work. */
    void recordEnd() {
        rewrite(Provenance::ended);
    }

    /** Notes the digest of an input. */
    void recordDigest(Provenance.Input digested) {
        rewrite(provenance -> provenance.with(digested));
    }

    private void rewrite(UnaryOperator<Provenance> change) {
        synchronized (CHANGING) {
            write(change.apply(provenance()));
        }
    }

    /** Whether a training in this folder has reached its first checkpoint. */
    public static boolean isResumable(Path folder) {
        return Files.exists(folder.resolve(CONFIG)) && Checkpoint.exists(folder);
    }

    /** @throws UserException if the folder is not that of a run */
    public static Run open(Path folder) {
        if (!Files.isRegularFile(folder.resolve(CONFIG))) {
            throw new UserException(
                    folder + " is not the folder of a run (it has no " + CONFIG + "); train writes one");
        }
        Path classes = folder.resolve(CLASSES);
        try {
            return new Run(folder, RunConfig.load(null, folder.resolve(CONFIG), List.of()),
                    JSON.readValue(Files.readString(classes), Classes.class));
        } catch (IOException | JacksonException e) {
            throw new UserException(classes + ": cannot be read; the run is damaged", e);
        }
    }

    /**
     * Makes sure that a data set has the classes of this run, in the same order.
     *
     * @param source what messages call the data set
     * @throws UserException if it has not
     */
    public void requireClasses(List<String> names, Path source) {
        if (!names.equals(classes.names())) {
            throw new UserException(source + ": its " + names.size() + " classes are not the " + classes.names().size()
                    + " classes of the run " + folder + ", in the same order");
        }
    }

    /** Number of images per class, by class id. */
    public static List<Integer> classCounts(Samples samples) {
        Integer[] counts = new Integer[samples.classes()];
        Arrays.fill(counts, 0);
        for (int i = 0; i < samples.size(); i++) {
            samples.labels(i).forEach(label -> counts[label]++);
        }
        return List.of(counts);
    }

    /** The weights to serve: the best ones, or the last where none were chosen. */
    public Path weights() {
        Path best = folder.resolve(BEST);
        Path last = folder.resolve(Checkpoint.LAST);
        if (!Files.exists(best) && !Files.exists(last)) {
            throw new UserException(folder + " holds no weights yet; training has not reached its first checkpoint");
        }
        return Files.exists(best) ? best : last;
    }

    /**
     * The weights of the last checkpoint.
     *
     * @throws UserException if there is none yet
     */
    public Path last() {
        if (!Checkpoint.exists(folder)) {
            throw new UserException(
                    folder + " holds no checkpoint: the run ended before its first; start it again without --resume");
        }
        return folder.resolve(Checkpoint.LAST);
    }

    Path best() {
        return folder.resolve(BEST);
    }

    /**
     * The run's network with fresh weights.
     *
     * @param weights those of one of its checkpoints, which tell the size of a trained text encoder, or hold W
     */
    public Classifier network(Safetensors weights, Initializer initializer) {
        if (!config.readsText()) {
            return untold(config, classes.names().size(), initializer);
        }
        TextPrompts prompts = TextPrompts.read(folder);
        if (prompts == null) {
            return new Cprfl(config.network(), weights.get("text_features").toTensor(initializer.backend()),
                    initializer);
        }
        return new Cprfl(config.network(), prompts.encoder(weights, initializer), prompts.arrays(), initializer);
    }

    /** A network with fresh weights that reads no text, as {@link RunConfig#readsText} says. */
    public static Classifier untold(RunConfig config, int classes, Initializer initializer) {
        return config.head().equals("linear")
                ? new LinearClassifier(config.resNet(), classes, initializer)
                : new Cprfl(config.network(), classes, initializer);
    }

    /** The trained network, prepared for inference. */
    public Classifier load(Backend backend) {
        Safetensors weights = Safetensors.read(weights());
        Classifier model = network(weights, Initializer.unset(backend));
        StateDict.load(model, weights.tensors());
        model.prepareInference();
        return model;
    }
}
