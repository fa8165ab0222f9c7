package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What provenance.json says about a run. */
class ProvenanceTest {

    @TempDir
    private Path folder;

    @Test
    void namesAllThatTheNumbersComeFrom() throws IOException {
        TinyData data = TinyData.write(folder.resolve("data"), 12);
        Files.writeString(data.yaml(), "test: test.txt\n", StandardOpenOption.APPEND);
        Files.writeString(folder.resolve("data/test.txt"), "3.jpg 0\n");
        Path config = Files.writeString(folder.resolve("config.yaml"), "dropout: 0.25\n");
        Path run = folder.resolve("run");
        List<String> line = data.train(run, "training.epochs=1");
        line.addAll(List.of("--config", config.toString(), "--seed", "77", "--backend", "vector", "--threads", "2"));
        assertThat(CommandRun.of(line.toArray()).exitCode()).isZero();
        JsonNode first = read(run);

        Map<String, String> digests = new TreeMap<>();
        first.get("inputs").forEach(input -> digests.put(input.get("role").asString(), input.get("sha256").asString()));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            String name = i + (i % 2 == 0 ? ".png" : ".jpg");
            lines.append(sha256(Files.readAllBytes(data.folder().resolve(name)))).append("  ").append(name)
                    .append('\n');
        }
        assertThat(digests).isEqualTo(new TreeMap<>(Map.of(
                "data set", sha256(Files.readAllBytes(data.yaml())),
                "labels", sha256(Files.readAllBytes(data.folder().resolve("labels.txt"))),
                "list of train", sha256(Files.readAllBytes(data.folder().resolve("train.txt"))),
                "list of test", sha256(Files.readAllBytes(data.folder().resolve("test.txt"))),
                "images of train", sha256(lines.toString().getBytes(StandardCharsets.UTF_8)),
                "images of test", sha256(Files.readAllBytes(data.folder().resolve("3.jpg"))),
                "text embeddings", sha256(Files.readAllBytes(data.folder().resolve("text.npy"))),
                "configuration", sha256(Files.readAllBytes(config)))));
        JsonNode images = first.get("inputs").findParents("role").stream()
                .filter(input -> input.get("role").asString().equals("images of train")).findFirst().orElseThrow();
        assertThat(images.get("files").asInt()).isEqualTo(12);
        assertThat(images.get("path").asString()).isEqualTo(data.folder().toString());

        assertThat(first.get("seed").asLong()).isEqualTo(77);
        assertThat(first.get("settings").get("dropout").asDouble()).isEqualTo(0.25);
        assertThat(first.get("settings").get("training").get("seed").asLong()).isEqualTo(77);
        assertThat(first.get("sessions")).hasSize(1);
        JsonNode session = first.get("sessions").get(0);
        assertThat(Instant.parse(session.get("started").asString()))
                .isBeforeOrEqualTo(Instant.parse(session.get("ended").asString()));
        assertThat(session.get("version").asString()).isNotEmpty();
        assertThat(session.get("revision").asString("none")).matches("none|[0-9a-f]{40}(-dirty)?");
        assertThat(session.get("java").asString()).contains(Runtime.version().toString());
        assertThat(session.get("jvmFlags").toString()).contains("--add-modules=jdk.incubator.vector");
        assertThat(session.get("backend").asString()).matches("vector: float, \\d+ lanes, 2 threads");
        assertThat(session.get("processor").asString()).isNotEmpty();
        assertThat(session.get("processors").asInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void everyResumptionIsASession() throws IOException {
        TinyData data = TinyData.write(folder.resolve("data"), 12);
        Path run = folder.resolve("run");
        assertThat(CommandRun.of(data.train(run, "training.epochs=1").toArray()).exitCode()).isZero();
        JsonNode first = read(run);
        // As a process leaves it that is killed before it has digested anything.
        Path file = run.resolve("provenance.json");
        String undigested = Files.readString(file).replaceAll("(\"(?:sha256|bytes)\" : )[^,\\s]+", "$1null");
        Files.writeString(file, undigested);
        assertThat(read(run).get("inputs")).isNotEqualTo(first.get("inputs"));
        List<String> line = data.resume(run);
        line.addAll(List.of("--backend", "reference"));
        assertThat(CommandRun.of(line.toArray()).exitCode()).isZero();
        JsonNode second = read(run);
        assertThat(second.get("sessions")).hasSize(2);
        assertThat(second.get("sessions").get(0)).isEqualTo(first.get("sessions").get(0));
        assertThat(second.get("sessions").get(1).get("backend").asString()).startsWith("reference");
        assertThat(second.get("inputs")).isEqualTo(first.get("inputs"));
        assertThat(second.get("settings")).isEqualTo(first.get("settings"));
        Files.writeString(file, "{");
        CommandRun.of(line.toArray()).failedAtLastWith("provenance.json", "damaged");
    }

    private static JsonNode read(Path run) throws IOException {
        return JsonMapper.shared().readTree(Files.readString(run.resolve("provenance.json")));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
