package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proves that a seed decides every bit that a training writes: neither the number of threads that compute nor that of
 * threads that read images changes the weights, batch-norm statistics, AdamW's moments, averaged weights or the log. The
 * whole path is taken, from image files through augmentation and dropout; the network is large enough for the vector
 * backend to cut its operations into parts.
 */
class DeterministicTrainingTest {

    @TempDir
    private static Path folder;

    private static TinyData data;
    private static RunFolder first;

    @BeforeAll
    static void oneThreadOfEach() throws IOException {
        data = TinyData.write(folder.resolve("data"), 16);
        first = train("first", 1, 1, 4);
    }

    private static RunFolder train(String name, int threads, int workers, int seed) {
        RunFolder run = new RunFolder(folder.resolve(name));
        List<String> line = data.train(run.path(), "backbone={block: basic, layers: [1, 1], width: 12}", "imageSize=64",
                "jointDim=40", "heads=3", "headDim=12", "mlpDim=50", "training.batchSize=8", "training.epochs=2",
                "training.emaDecay=0.9", "data.workers=" + workers);
        line.addAll(List.of("--backend", "vector", "--threads", "" + threads, "--seed", "" + seed));
        CommandRun done = CommandRun.of(line.toArray());
        assertThat(done.exitCode()).as(done.err()).isZero();
        return run;
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 3", "2, 0", "2, 1", "2, 3", "5, 0", "5, 1", "5, 3", "64, 1"})
    void threadsDoNotChangeABit(int threads, int workers) throws IOException {
        first.assertSameResults(train("run" + threads + workers, threads, workers, 4));
    }

    @Test
    void theSeedDoes() throws IOException {
        RunFolder other = train("other", 1, 1, 5);
        assertThat(Files.mismatch(other.path().resolve("last.safetensors"), first.path().resolve("last.safetensors")))
                .isNotEqualTo(-1);
    }
}
