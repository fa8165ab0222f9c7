package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.reference.ReferenceBackend;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class InputDigestsTest {

    /** A file without content that takes minutes to read. */
    private static final long HUGE = 1L << 37;

    @TempDir
    private Path folder;

    private Path weights;
    private List<Path> photos;

    @BeforeEach
    void files() throws IOException {
        weights = Files.writeString(folder.resolve("weights"), "abc");
        Files.createDirectories(folder.resolve("photos/more"));
        photos = List.of(Files.writeString(folder.resolve("photos/b.jpg"), "B"),
                Files.writeString(folder.resolve("photos/more/a.jpg"), "AA"));
    }

    @Test
    void namesEveryInput() {
        Run run = run(inputs());
        assertThat(digests(run)).containsEntry("weights", "null null").containsEntry("photos", "null null");
        try (InputDigests digests = InputDigests.start(run, inputs())) {
            assertThat(digests.await()).isEmpty();
        }
        String lines = sha256("B") + "  b.jpg\n" + sha256("AA") + "  more/a.jpg\n";
        assertThat(digests(run)).containsOnly(Map.entry("weights", "3 " + sha256("abc")),
                Map.entry("photos", "3 " + sha256(lines)));
        assertThat(run.provenance().inputs()).extracting(Provenance.Input::role).containsExactly("photos", "weights");
    }

    /** The training ends, and another process goes on: its command names the photos, but no longer the weights. */
    @Test
    @Timeout(60)
    void whatAStoppedProcessLeftTheNextDigests() throws Exception {
        Run run = run(inputs());
        try (RandomAccessFile photo = new RandomAccessFile(photos.getFirst().toFile(), "rw")) {
            photo.setLength(HUGE);
        }
        try (InputDigests _ = InputDigests.start(run, inputs())) {
            run.recordEnd();
            while (digests(run).get("weights").startsWith("null")) {
                Thread.sleep(Duration.ofMillis(5));
            }
            assertThat(digests(run)).containsEntry("photos", "null null");
        }
        assertThat(digests(run)).containsEntry("photos", "null null");
        assertThat(run.provenance().sessions().getLast().ended()).isNotNull();
        try (var files = Files.list(run.folder())) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(
                    "config.yaml", "classes.json", "provenance.json");
        }

        Files.writeString(photos.getFirst(), "B");
        try (InputDigests digests = InputDigests.start(Run.open(run.folder()), Map.of("photos", photos))) {
            assertThat(digests.await()).isEmpty();
        }
        assertThat(digests(run)).doesNotContainValue("null null").containsEntry("weights", "3 " + sha256("abc"));
    }

    /** A checkpoint removes the temporary files of killed writers, not the one that is being written. */
    @Test
    @Timeout(60)
    void checkpointsDoNotDisturb() {
        Map<String, List<Path>> inputs = new LinkedHashMap<>();
        for (int i = 0; i < 200; i++) {
            inputs.put("weights " + i, List.of(weights));
        }
        Run run = run(inputs);
        try (InputDigests digests = InputDigests.start(run, inputs)) {
            while (digests(run).containsValue("null null")) {
                Checkpoint.deleteAllBut(run.folder(), weights);
            }
            assertThat(digests.await()).isEmpty();
        }
        assertThat(digests(run)).hasSize(200).doesNotContainValue("null null");
    }

    @Test
    void saysWhatItCannotDigest() throws IOException {
        Run run = run(inputs());
        Files.delete(weights);
        try (InputDigests digests = InputDigests.start(run, Map.of("photos", List.of(weights)))) {
            assertThat(digests.await()).hasSize(2);
            assertThat(digests.await().getFirst()).contains("weights", "no such file");
            assertThat(digests.await().getLast()).contains("photos", "not those");
        }
        assertThat(digests(run)).containsEntry("weights", "null null").containsEntry("photos", "null null");
        Files.writeString(weights, "abc");
        try (InputDigests digests = InputDigests.start(run, Map.of())) {
            assertThat(digests.await()).hasSize(1).first().asString().contains("photos");
        }
    }

    private Map<String, List<Path>> inputs() {
        Map<String, List<Path>> inputs = new LinkedHashMap<>();
        inputs.put("photos", photos);
        inputs.put("nothing", List.of());
        inputs.put("weights", List.of(weights));
        return inputs;
    }

    private Run run(Map<String, List<Path>> inputs) {
        RunConfig config = RunConfig.load(null, null, List.of());
        try (ReferenceBackend backend = new ReferenceBackend()) {
            return Run.create(folder.resolve("run"), config, new Run.Classes(List.of("cat"), List.of(1)),
                    Provenance.of(backend, 1, inputs, config.toMap()));
        }
    }

    /** Bytes and digest of each input. */
    private static Map<String, String> digests(Run run) {
        return run.provenance().inputs().stream().collect(
                Collectors.toMap(Provenance.Input::role, input -> input.bytes() + " " + input.sha256()));
    }

    private static String sha256(String content) {
        try {
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
