package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that a training whose process is killed (SIGKILL: nothing of it runs any more) over and over, and is resumed each
 * time, ends with the same bytes in every file as one that nobody disturbed: weights, batch-norm statistics, AdamW's
 * moments, averaged weights, progress and log. There is a checkpoint after every step, so many kills hit one being written.
 */
class KilledTrainingTest {

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
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    @CsvSource({"reference, 24", "vector, 4"})
    void aRunKilledOverAndOverEndsWithTheSameBytes(String backend, int wanted) throws Exception {
        RunFolder whole = new RunFolder(folder.resolve("whole"));
        assertThat(CommandRun.of(train(whole.path(), backend).toArray()).exitCode()).isZero();
        assertThat(whole.optimizerFiles()).hasSize(1);
        assertThat(Safetensors.read(whole.optimizerFiles().getFirst()).tensors().keySet())
                .anyMatch(name -> name.startsWith("ema.backbone")).anyMatch(name -> name.startsWith("steps."));
        assertThat(Safetensors.read(whole.path().resolve("last.safetensors")).tensors().keySet())
                .anyMatch(name -> name.endsWith("running_mean"));

        Random random = new Random(6);
        for (int i = 0; needsMore(wanted); i++) {
            RunFolder broken = new RunFolder(folder.resolve("broken" + i));
            while (!ends(broken, backend, needsMore(wanted) ? random : null)) {
                kills++;
            }
            whole.assertSameResults(broken);
        }
    }

    /** At least a quarter of the kills have to leave a file half written, or the two files of a checkpoint a step apart. */
    private boolean needsMore(int wanted) {
        return kills < wanted || killsWhileWriting < wanted / 4;
    }

    /** The signal that Ctrl-C and a scheduler's polite request share their treatment with. */
    @Test
    void anInterruptedRunSavesAndGoesOn() throws Exception {
        RunFolder whole = new RunFolder(folder.resolve("whole"));
        assertThat(CommandRun.of(train(whole.path(), "reference").toArray()).exitCode()).isZero();
        RunFolder broken = new RunFolder(folder.resolve("broken"));
        List<String> line = train(broken.path(), "reference");
        line.addAll(List.of("--set", "training.checkpointSteps=0"));
        JavaProcess java = JavaProcess.start(folder, List.of(), line);
        while (java.process().isAlive() && !Files.exists(broken.path().resolve("best.safetensors"))) {
            pause(50);
        }
        java.process().destroy();
        CommandRun end = java.end();
        assertThat(end.exitCode()).isEqualTo(128 + 15);
        assertThat(end.err()).contains("stopped and saved", "--resume");
        List<String> goOn = data.resume(broken.path());
        goOn.addAll(List.of("--backend", "reference"));
        assertThat(CommandRun.of(goOn.toArray()).exitCode()).isZero();
        whole.assertSameResults(broken);
    }

    /** Starts the run or goes on with it; kills it at a random moment, or waits for its end if {@code random} is null. */
    private boolean ends(RunFolder run, String backend, Random random) throws IOException, InterruptedException {
        List<String> line = train(run.path(), backend);
        if (Files.exists(run.path().resolve("last.safetensors"))) {
            line = data.resume(run.path());
            line.addAll(List.of("--backend", backend));
        }
        Set<Path> before = new HashSet<>(run.files());
        JavaProcess java = JavaProcess.start(folder, List.of(), line);
        if (random != null) {
            kill(java.process(), run, before, random);
        }
        CommandRun end = java.end();
        if (end.exitCode() == 0) {
            return true;
        }
        assertThat(end.exitCode()).as(end.err()).isEqualTo(128 + 9);
        List<Path> left = run.files();
        left.removeAll(before);
        boolean half = left.stream().anyMatch(RunFolder::isTemporary);
        boolean twoSteps = left.stream().anyMatch(RunFolder::isOptimizer) && run.optimizerFiles().size() > 1;
        if (half || twoSteps) {
            killsWhileWriting++;
        }
        return false;
    }

    private static void kill(Process process, RunFolder run, Set<Path> before, Random random) {
        if (random.nextInt(4) == 0) {
            pause(random.nextInt(1_500_000)); // any moment, even before the program has begun
        } else {
            waitForTemporaryFiles(process, run, before, 1 + random.nextInt(8));
            pause(random.nextInt(4000));
        }
        process.destroyForcibly();
    }

    /** Waits until so many temporary files have come into being: files are being written then. */
    private static void waitForTemporaryFiles(Process process, RunFolder run, Set<Path> before, int count) {
        Set<Path> seen = new HashSet<>();
        while (process.isAlive() && seen.size() < count) {
            pause(50);
            run.files().stream().filter(file -> RunFolder.isTemporary(file) && !before.contains(file))
                    .forEach(seen::add);
        }
    }

    private static void pause(long microseconds) {
        LockSupport.parkNanos(1000 * microseconds);
    }
}
