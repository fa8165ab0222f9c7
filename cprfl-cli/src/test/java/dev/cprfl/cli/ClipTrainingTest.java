package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.training.Provenance;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings whose class semantics come from a CLIP checkpoint, frozen or trained. */
class ClipTrainingTest {

    private static final String PROJECTION = "text_encoder.text_projection";

    @TempDir
    private Path folder;

    private TinyClip clip;
    private TinyData data;

    @BeforeEach
    void aCheckpointAndAnEmptyCache() throws IOException {
        clip = TinyClip.write(folder.resolve("clip"));
        data = TinyData.write(folder.resolve("data"), 6);
        System.setProperty("cprfl.cache", folder.resolve("cache").toString());
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty("cprfl.cache");
    }

    private List<String> line(Path run, String... settings) {
        List<String> line = data.train(run, settings);
        int option = line.indexOf("--text-embeddings");
        line.set(option, "--clip");
        line.set(option + 1, clip.checkpoint().toString());
        line.addAll(List.of("--backend", "reference"));
        return line;
    }

    private static CommandRun done(List<String> line) {
        CommandRun run = CommandRun.of(line.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private Path cached() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache/embeddings"))) {
            return files.reduce((_, _) -> {
                throw new AssertionError("more than one file");
            }).orElseThrow();
        }
    }

    private static double[] textFeatures(Path run) {
        return Safetensors.read(run.resolve("last.safetensors")).get("text_features").toDoubles();
    }

    @Test
    void aFrozenEncoderGivesWhatEmbedGivesAndIsCached() throws IOException {
        Path labels = data.folder().resolve("labels.txt");
        Path embedded = folder.resolve("e.npy");
        done(List.of("embed", "--clip", clip.checkpoint().toString(), "--labels", labels.toString(), "--out",
                embedded.toString(), "--backend", "reference"));
        double[] expected = Npy.read(embedded).toDoubles();

        CommandRun first = done(line(folder.resolve("first"), "training.epochs=1"));
        assertThat(first.err()).contains("text embeddings computed and kept in");
        assertThat(textFeatures(folder.resolve("first"))).isEqualTo(expected);
        String provenance = Files.readString(folder.resolve("first/provenance.json"));
        assertThat(provenance).contains("\"clip\"", Provenance.sha256(clip.checkpoint()), "merges.txt");

        CommandRun second = done(line(folder.resolve("second"), "training.epochs=1"));
        assertThat(second.err()).contains("text embeddings from the cache");
        new RunFolder(folder.resolve("first")).assertSameResults(new RunFolder(folder.resolve("second")));

        List<String> otherTemplate = line(folder.resolve("third"), "training.epochs=1");
        otherTemplate.addAll(List.of("--template", "{}"));
        assertThat(done(otherTemplate).err()).contains("computed and kept");
        assertThat(textFeatures(folder.resolve("third"))).isNotEqualTo(expected);
    }

    @Test
    void aDamagedCacheIsComputedAgain() throws IOException {
        done(line(folder.resolve("first"), "training.epochs=1"));
        Path file = cached();
        byte[] whole = Files.readAllBytes(file);
        byte[] flipped = whole.clone();
        flipped[whole.length - 1] ^= 1;
        int number = 0;
        for (byte[] damaged : List.of(flipped, Arrays.copyOf(whole, whole.length / 2), new byte[0])) {
            Files.write(file, damaged);
            Path run = folder.resolve("run" + number++);
            assertThat(done(line(run, "training.epochs=1")).err()).contains("computed and kept");
            assertThat(textFeatures(run)).isEqualTo(textFeatures(folder.resolve("first")));
            assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        }
    }

    @Test
    void aCacheThatCannotBeWrittenIsDoneWithout() throws IOException {
        Files.writeString(folder.resolve("cache"), "a file, no folder");
        assertThat(done(line(folder.resolve("run"), "training.epochs=1")).err()).contains("computed, but not kept");
    }

    @Test
    void aTrainedEncoderLearnsResumesAndServesWithoutItsFile() throws IOException {
        Path whole = folder.resolve("whole");
        done(trained(whole, 3));
        assertThat(folder.resolve("cache")).doesNotExist();
        Safetensors last = Safetensors.read(whole.resolve("last.safetensors"));
        assertThat(last.tensors()).doesNotContainKey("text_features");
        assertThat(last.get(PROJECTION).shape()).isEqualTo(Shape.of(8, 6));
        assertThat(last.get(PROJECTION).toDoubles())
                .isNotEqualTo(TinyClip.weights().get("text_projection").toDoubles());

        Path parts = folder.resolve("parts");
        done(trained(parts, 1));
        Path config = parts.resolve("config.yaml");
        Files.writeString(config, Files.readString(config).replace("epochs: 1\n", "epochs: 3\n"));
        Files.delete(clip.checkpoint());
        Files.delete(clip.folder().resolve("merges.txt"));
        List<String> resume = data.resume(parts);
        resume.addAll(List.of("--backend", "reference"));
        done(resume);
        new RunFolder(whole).assertSameResults(new RunFolder(parts));

        CommandRun predicted = done(List.of("predict", "--run", whole.toString(),
                data.folder().resolve("0.png").toString(), "--backend", "reference", "--json"));
        assertThat(predicted.json().toString()).contains("probability");
    }

    /** A run whose schedule is three epochs long, however many it trains. */
    private List<String> trained(Path run, int epochs) {
        return line(run, "profile=official-code", "selection=last", "training.totalSteps=6",
                "training.epochs=" + epochs);
    }

    /** A run that ended before its first checkpoint does not change what the next one in its folder is. */
    @Test
    void aFrozenRunMayTakeThePlaceOfATrainedOneThatNeverBegan() throws IOException {
        Path run = folder.resolve("run");
        done(trained(run, 1));
        for (Path file : new RunFolder(run).files()) {
            if (file.toString().endsWith(".safetensors")) {
                Files.delete(file);
            }
        }
        done(line(run, "training.epochs=1"));
        assertThat(textFeatures(run)).hasSize(3 * 6);
        done(List.of("predict", "--run", run.toString(), data.folder().resolve("0.png").toString(), "--backend",
                "reference"));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws IOException {
        List<String> both = line(folder.resolve("run"));
        both.addAll(List.of("--text-embeddings", data.folder().resolve("text.npy").toString()));
        CommandRun.of(both.toArray()).failedWith("--text-embeddings", "--clip", "one of them");
        List<String> two = line(folder.resolve("run"), "textEncoder=trained");
        two.addAll(List.of("--template", "a {}", "--template", "{}"));
        CommandRun.of(two.toArray()).failedWith("one --template");
        CommandRun.of(line(folder.resolve("run"), "textDim=5").toArray()).failedAtLastWith("[3, 6]", "textDim=6");
        CommandRun.of(line(folder.resolve("run"), "textDim=5", "textEncoder=trained").toArray())
                .failedAtLastWith("[3, 6]", "textDim=6");
        Safetensors.write(clip.checkpoint(), Map.of("w", HostTensor.of(Shape.of(1), 1f)), Map.of());
        CommandRun.of(line(folder.resolve("run")).toArray()).failedWith("clip.safetensors", "no text encoder");
        assertThat(folder.resolve("run")).doesNotExist();
    }
}
