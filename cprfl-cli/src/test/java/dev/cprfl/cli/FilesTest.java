package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands on single files: inspect, preprocess, metrics. */
class FilesTest {

    @TempDir
    private Path folder;

    @Test
    void inspectShowsNameTypeShapeAndMean() {
        Path file = folder.resolve("two.safetensors");
        Safetensors.write(file, Map.of("weight", HostTensor.of(Shape.of(2, 2), 1f, 2f, 3f, 6f),
                "nothing", HostTensor.of(Shape.of(0), new float[0])), Map.of("origin", "a test"));
        JsonNode json = CommandRun.of("inspect", file, "--json").json();
        assertThat(json.get("sha256").asString()).matches("[0-9a-f]{64}");
        assertThat(json.get("metadata").get("origin").asString()).isEqualTo("a test");
        assertThat(json.get("tensors").toString()).contains(
                "{\"name\":\"weight\",\"type\":\"F32\",\"shape\":[2,2],\"mean\":3.0}",
                "{\"name\":\"nothing\",\"type\":\"F32\",\"shape\":[0],\"mean\":null}");
        assertThat(CommandRun.of("inspect", file).out()).contains("weight", "[2, 2]", "3.00000");
    }

    @Test
    void inspectRefusesAHeaderThatPromisesTooMuch() throws IOException {
        byte[] header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1000000],\"data_offsets\":[0,4000000]}}"
                .getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("lying.safetensors");
        Files.write(file, ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length).put(header).array());
        CommandRun.of("inspect", file).failedWith("lying.safetensors", "w");
    }

    @Test
    void inspectRefusesWhatItCannotRead() {
        CommandRun.of("inspect", folder.resolve("none.safetensors")).failedWith("none.safetensors", "no such file");
        CommandRun.of("inspect", folder).failedWith(folder.toString(), ".safetensors and .npy");
    }

    @Test
    void preprocessGivesPilsPixels() {
        Path out = folder.resolve("seen.safetensors");
        Path image = CommandRun.golden("preproc/small_444.jpg");
        JsonNode json = CommandRun.of("preprocess", image, "--size", 32, "--out", out, "--json").json();
        assertThat(json.get("pictures").get(0).get("tensors").toString())
                .isEqualTo("[\"small_444.jpg.u8\",\"small_444.jpg.f32\"]");
        Safetensors seen = Safetensors.read(out);
        assertThat(seen.get("small_444.jpg.u8").shape()).isEqualTo(Shape.of(32, 32, 3));
        double[] bytes = seen.get("small_444.jpg.u8").toDoubles();
        float[] floats = seen.get("small_444.jpg.f32").toFloats();
        assertThat(floats[32 * 32 + 5]).isCloseTo((float) ((bytes[5 * 3 + 1] / 255 - 0.456) / 0.224), within(1e-5f));
    }

    @Test
    void preprocessNamesThePictureItCannotRead() throws IOException {
        Path text = Files.writeString(folder.resolve("photo.jpg"), "no photo");
        Path out = folder.resolve("seen.safetensors");
        CommandRun.of("preprocess", text, "--size", 32, "--out", out).failedWith("photo.jpg", "not a JPEG");
        CommandRun.of("preprocess", folder.resolve("gone.jpg"), "--size", 32, "--out", out).failedWith("gone.jpg");
        CommandRun.of("preprocess", CommandRun.golden("preproc/small_444.jpg"), "--size", 0, "--out", out)
                .failedWith("--size 0");
        assertThat(out).doesNotExist();
    }

    @Test
    void metricsEqualThoseOfTheAuthorsCode() throws IOException {
        Safetensors golden = Safetensors.read(CommandRun.golden("metrics.safetensors"));
        String name = "voc_400x20";
        Path scores = folder.resolve("scores.npy");
        Path targets = folder.resolve("targets.npy");
        Npy.write(scores, golden.get(name + "/scores"));
        Npy.write(targets, golden.get(name + "/targets"));
        JsonNode json = CommandRun.of("metrics", "--scores", scores, "--targets", targets, "--logits", "--threshold",
                0.8, "--json").json();
        double[] ap = golden.get(name + "/ap.f64").toDoubles();
        for (int i = 0; i < ap.length; i++) {
            assertThat(json.get("classes").get(i).get("AP").asDouble()).isCloseTo(ap[i], within(1e-12));
        }
        JsonNode expected = expected(name);
        for (String key : new String[]{"OP", "OR", "OF1", "CP", "CR", "CF1"}) {
            assertThat(json.get("overall").get(key).asDouble())
                    .isCloseTo(expected.get("overall@0.8").get(key).asDouble(), within(1e-12));
            assertThat(json.get("top3").get(key).asDouble())
                    .isCloseTo(expected.get("overall_top3@0.8").get(key).asDouble(), within(1e-12));
        }
    }

    private static JsonNode expected(String name) throws IOException {
        for (JsonNode one : JsonMapper.shared().readTree(Files.readString(CommandRun.golden("metrics.json")))) {
            if (one.get("name").asString().equals(name)) {
                return one.get("attributes").get("expected");
            }
        }
        throw new AssertionError(name);
    }

    @Test
    void metricsReportAClassThatNoImageShows() throws IOException {
        Path scores = npy("scores.npy", Shape.of(2, 2), 0.9, 0.1, 0.2, 0.3);
        Path targets = npy("targets.npy", Shape.of(2, 2), 1, 0, 0, 0);
        Path counts = Files.writeString(folder.resolve("counts.json"), "{\"class_freq\": [100, 4]}");
        CommandRun run = CommandRun.of("metrics", "--scores", scores, "--targets", targets, "--train-counts", counts,
                "--json");
        assertThat(run.json().get("classes").get(1).get("AP").isNull()).isTrue();
        assertThat(run.json().get("mAP").toString())
                .isEqualTo("{\"total\":1.0,\"head\":1.0,\"medium\":null,\"tail\":null}");
        assertThat(run.out()).doesNotContain("NaN");
    }

    @Test
    void metricsRefuseWhatDoesNotFit() throws IOException {
        Path scores = npy("scores.npy", Shape.of(2, 2), 0.9, 0.1, 0.2, Double.NaN);
        Path targets = npy("targets.npy", Shape.of(2, 3), 1, 0, 0, 0, 1, 0);
        Path counts = Files.writeString(folder.resolve("counts.json"), "[1]");
        CommandRun.of("metrics", "--scores", scores, "--targets", targets).failedWith("[2, 2]", "[2, 3]");
        Path fitting = npy("fitting.npy", Shape.of(2, 2), 1, 0, 0, 0);
        CommandRun.of("metrics", "--scores", scores, "--targets", fitting).failedWith("NaN", "row 1");
        CommandRun.of("metrics", "--scores", targets, "--targets", targets, "--train-counts", counts)
                .failedWith("1 training counts", "3 classes");
        CommandRun.of("metrics", "--scores", targets, "--targets", targets, "--train-counts", targets)
                .failedWith("targets.npy", "JSON");
        CommandRun.of("metrics", "--scores", targets, "--targets", targets, "--threshold", 7).failedWith("threshold 7");
    }

    private Path npy(String name, Shape shape, double... values) {
        Path file = folder.resolve(name);
        Npy.write(file, HostTensor.of(shape, values));
        return file;
    }
}
