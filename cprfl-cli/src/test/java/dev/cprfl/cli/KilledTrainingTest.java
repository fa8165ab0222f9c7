package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that a training whose process is killed (SIGKILL: nothing of it runs any more) over and over, and is resumed each
 * time, ends with the same bytes in every file as one that nobody disturbed: weights, batch-norm statistics, AdamW's
 * moments, averaged weights, progress and log. There is a checkpoint after every step, so many kills hit one being written.
 */
class KilledTrainingTest {

    /** What has to be equal; the provenance holds the time of the start. */
    private static final List<String> RESULTS = List.of("last.safetensors", "best.safetensors", "metrics.jsonl",
            "config.yaml",
            "classes.json");

    @TempDir
    private Path folder;

    private TinyData data;
    private int kills;
    private int killsWhileWriting;

    @BeforeEach
    void images() throws IOException {
        data = TinyData.write(folder.resolve("data"), 16);
    }

    private List<String> train(Path run, String backend) {
        List<String> line = data.train(run, "training.epochs=14", "training.checkpointSteps=1",
                "training.emaDecay=0.9");
        line.addAll(List.of("--backend", backend));
        return line;
    }

    @ParameterizedTest
    @CsvSource({"reference, 24", "vector, 4"})
    void aRunKilledOverAndOverEndsWithTheSameBytes(String backend, int wanted) throws Exception {
        Path whole = folder.resolve("whole");
        assertThat(CommandRun.of(train(whole, backend).toArray()).exitCode()).isZero();
        assertThat(optimizerFiles(whole)).hasSize(1);
        assertThat(Safetensors.read(optimizerFiles(whole).getFirst()).tensors().keySet())
                .anyMatch(name -> name.startsWith("ema.backbone")).anyMatch(name -> name.startsWith("steps."));
        assertThat(Safetensors.read(whole.resolve("last.safetensors")).tensors().keySet())
                .anyMatch(name -> name.endsWith("running_mean"));

        Random random = new Random(6);
        for (int i = 0; kills < wanted; i++) {
            Path broken = folder.resolve("broken" + i);
            while (!ends(broken, backend, kills < wanted ? random : null)) {
                kills++;
            }
            assertSameRun(whole, broken);
        }
        assertThat(killsWhileWriting)
                .as("kills that left a file half written, or the two files of a checkpoint of different steps")
                .isGreaterThan(wanted / 4);
    }

    /** The signal that Ctrl-C and a scheduler's polite request share their treatment with. */
    @Test
    void anInterruptedRunSavesAndGoesOn() throws Exception {
        Path whole = folder.resolve("whole");
        assertThat(CommandRun.of(train(whole, "reference").toArray()).exitCode()).isZero();
        Path broken = folder.resolve("broken");
        List<String> line = train(broken, "reference");
        line.addAll(List.of("--set", "training.checkpointSteps=0"));
        JavaProcess java = JavaProcess.start(folder, List.of(), line);
        while (java.process().isAlive() && !Files.exists(broken.resolve("best.safetensors"))) {
            pause(50);
        }
        java.process().destroy();
        CommandRun end = java.end();
        assertThat(end.exitCode()).isEqualTo(128 + 15);
        assertThat(end.err()).contains("stopped and saved", "--resume");
        List<String> goOn = data.resume(broken);
        goOn.addAll(List.of("--backend", "reference"));
        assertThat(CommandRun.of(goOn.toArray()).exitCode()).isZero();
        assertThat(Files.mismatch(whole.resolve("last.safetensors"), broken.resolve("last.safetensors")))
                .isEqualTo(-1);
    }

    /** Starts the run or goes on with it; kills it at a random moment, or waits for its end if {@code random} is null. */
    private boolean ends(Path run, String backend, Random random) throws IOException, InterruptedException {
        List<String> line = train(run, backend);
        if (Files.exists(run.resolve("last.safetensors"))) {
            line = data.resume(run);
            line.addAll(List.of("--backend", backend));
        }
        Set<Path> before = new HashSet<>(list(run));
        JavaProcess java = JavaProcess.start(folder, List.of(), line);
        if (random != null) {
            kill(java.process(), run, before, random);
        }
        CommandRun end = java.end();
        if (end.exitCode() == 0) {
            return true;
        }
        assertThat(end.exitCode()).as(end.err()).isEqualTo(128 + 9);
        List<Path> left = list(run);
        left.removeAll(before);
        boolean half = left.stream().anyMatch(KilledTrainingTest::isTemporary);
        boolean twoSteps = left.stream().anyMatch(KilledTrainingTest::isOptimizer) && optimizerFiles(run).size() > 1;
        if (half || twoSteps) {
            killsWhileWriting++;
        }
        return false;
    }

    private static void kill(Process process, Path run, Set<Path> before, Random random) {
        if (random.nextInt(4) == 0) {
            pause(random.nextInt(1_500_000)); // any moment, even before the program has begun
        } else {
            waitForTemporaryFiles(process, run, before, 1 + random.nextInt(8));
            pause(random.nextInt(4000));
        }
        process.destroyForcibly();
    }

    /** Waits until so many temporary files have come into being: files are being written then. */
    private static void waitForTemporaryFiles(Process process, Path run, Set<Path> before, int count) {
        Set<Path> seen = new HashSet<>();
        while (process.isAlive() && seen.size() < count) {
            pause(50);
            list(run).stream().filter(file -> isTemporary(file) && !before.contains(file)).forEach(seen::add);
        }
    }

    private static boolean isTemporary(Path file) {
        return file.toString().endsWith(".tmp");
    }

    private static boolean isOptimizer(Path file) {
        return file.getFileName().toString().startsWith("optimizer-");
    }

    private static List<Path> optimizerFiles(Path run) {
        return list(run).stream().filter(KilledTrainingTest::isOptimizer).toList();
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.toList());
        } catch (NoSuchFileException e) {
            return new ArrayList<>();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause(long microseconds) {
        LockSupport.parkNanos(1000 * microseconds);
    }

    private static void assertSameRun(Path whole, Path broken) throws IOException {
        assertThat(names(broken)).isEqualTo(names(whole));
        for (String name : names(whole)) {
            if (RESULTS.contains(name) || name.startsWith("optimizer-")) {
                assertThat(Files.mismatch(whole.resolve(name), broken.resolve(name))).as(name).isEqualTo(-1);
            }
        }
    }

    private static List<String> names(Path run) {
        return list(run).stream().map(file -> file.getFileName().toString()).sorted().toList();
    }
}
