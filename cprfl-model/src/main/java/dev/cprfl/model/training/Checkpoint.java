package dev.cprfl.model.training;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.autograd.optim.ExponentialMovingAverage;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A training's state on the disk, such that a run killed at any moment resumes from its last checkpoint bit for bit.
 *
 * <p>{@code last.safetensors} holds the weights for everybody, {@code optimizer-STEP.safetensors} the rest: moments, averages
 * and progress. The optimizer file is written first and {@code last.safetensors} names its step, so writing the latter is the
 * one moment at which the new checkpoint takes the place of the old one.
 */
final class Checkpoint {

    static final String LAST = "last.safetensors";
    private static final String OPTIMIZER = "optimizer-";

    /** What an optimizer file is called, and a temporary file of {@link AtomicFile}: nothing else is removed. */
    private static final Pattern OWN = Pattern.compile(
            OPTIMIZER + "[0-9]+\\.safetensors|\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

    private Checkpoint() {}

    static boolean exists(Path run) {
        return Files.exists(run.resolve(LAST));
    }

    static void save(Path run, Learner learner, Progress progress) {
        Map<String, HostTensor> state = new LinkedHashMap<>();
        AdamW optimizer = learner.optimizer();
        ExponentialMovingAverage average = learner.average();
        optimizer.moments()
                .forEach((name, tensor) -> state.put(name, StateDict.toHost(tensor, Parameter.Layout.PLAIN)));
        average.averages()
                .forEach((name, tensor) -> state.put("ema." + name, StateDict.toHost(tensor, Parameter.Layout.PLAIN)));
        average.counters().forEach((name, counter) -> state.put("ema." + name, HostTensor.of(Shape.of(), counter[0])));
        optimizer.steps().forEach((name, steps) -> state.put("steps." + name, HostTensor.of(Shape.of(), (long) steps)));
        Path optimizerFile = optimizerFile(run, progress.step());
        Safetensors.write(optimizerFile, state, progress.toMetadata());

        Safetensors.write(run.resolve(LAST), StateDict.export(learner.model()),
                Map.of("step", Integer.toString(progress.step())));
        deleteAllBut(run, optimizerFile);
    }

    /** Brings a fresh learner to the state of the run's last checkpoint. */
    static Progress load(Path run, Learner learner) {
        Safetensors weights = Safetensors.read(run.resolve(LAST));
        String step = weights.metadata().get("step");
        if (step == null || !step.matches("[0-9]{1,9}")) {
            throw new UserException(weights.file() + " does not say which step it is of; it was not written by train");
        }
        Path optimizerFile = optimizerFile(run, Integer.parseInt(step));
        if (!Files.exists(optimizerFile)) {
            throw new UserException(
                    optimizerFile + " is missing: without the optimizer's state the run cannot be resumed; "
                            + "start a new run with the weights of " + weights.file());
        }
        StateDict.load(learner.model(), weights.tensors());
        Safetensors state = Safetensors.read(optimizerFile);
        learner.optimizer().moments().forEach((name, tensor) -> restore(state, name, tensor));
        Set<String> constants = learner.model().namedConstants().keySet(); // came with the weights
        learner.average().averages().forEach((name, tensor) -> {
            if (!constants.contains(name)) {
                restore(state, "ema." + name, tensor);
            }
        });
        learner.average().counters().forEach((name, counter) -> counter[0] = state.get("ema." + name).toLongs()[0]);
        Map<String, Integer> steps = new LinkedHashMap<>();
        learner.optimizer().steps().keySet()
                .forEach(name -> steps.put(name, (int) state.get("steps." + name).toLongs()[0]));
        learner.optimizer().restoreSteps(steps);
        deleteAllBut(run, optimizerFile);
        return Progress.fromMetadata(state.metadata(), optimizerFile);
    }

    private static Path optimizerFile(Path run, int step) {
        return run.resolve(OPTIMIZER + step + ".safetensors");
    }

    private static void restore(Safetensors state, String name, Tensor tensor) {
        HostTensor stored = state.get(name);
        if (!stored.shape().equals(tensor.shape())) {
            throw new UserException(
                    state.file() + ": " + name + " has shape " + stored.shape() + ", the configuration needs "
                            + tensor.shape());
        }
        StateDict.fromHost(stored, tensor, Parameter.Layout.PLAIN);
    }

    /** Removes optimizer files of other steps and the temporary files of a killed writer. */
    static void deleteAllBut(Path run, Path kept) {
        synchronized (Run.CHANGING) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(run)) {
                for (Path file : files) {
                    if (!file.equals(kept) && OWN.matcher(file.getFileName().toString()).matches()) {
                        Files.deleteIfExists(file);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
