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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands on single files: inspect, convert, preprocess, metrics. */
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
        CommandRun.of("inspect", folder).failedWith(folder.toString(), "cannot read");
    }

    private static Path format(String name) {
        return Path.of("../tensor/src/test/resources/formats", name);
    }

    @Test
    void inspectTellsWhatIsNoWeight() {
        CommandRun run = CommandRun.of("inspect", format("official_layout.ckpt"), "--json");
        assertThat(run.json().get("format").asString()).isEqualTo("PyTorch");
        assertThat(run.json().get("leftOut").get("epoch").asString()).isEqualTo("17");
        assertThat(CommandRun.of("inspect", format("official_layout.ckpt")).out())
                .contains("module.conv1.weight", "not a weight: epoch = 17");
        CommandRun.of("inspect", format("bad/evil_os_system.pth")).failedWith("evil_os_system.pth", "posix.system");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd_zip.pth", "sd_legacy.pth", "clip_like_jit.pt", "official_layout.ckpt", "v1_i8.npy",
        "all.safetensors"})
    void convertKeepsEveryBit(String file) {
        Path out = folder.resolve("out.safetensors");
        JsonNode json = CommandRun.of("convert", format(file), out, "--json").json();
        Map<String, HostTensor> expected = Safetensors.read(format(file + ".expected.safetensors")).tensors();
        assertThat(json.get("tensors").asInt()).isEqualTo(expected.size());
        Map<String, HostTensor> actual = Safetensors.read(out).tensors();
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> {
            assertThat(actual.get(name).toString()).as(name).isEqualTo(tensor.toString());
            assertThat(actual.get(name).data().mismatch(tensor.data())).as(name).isEqualTo(-1);
        });
    }

    @Test
    void convertKeepsMetadataAndItsInput() throws IOException {
        Path file = folder.resolve("in.safetensors");
        Safetensors.write(file, Map.of("a", HostTensor.of(Shape.of(1), 1f)), Map.of("step", "7"));
        Path out = folder.resolve("out.safetensors");
        assertThat(CommandRun.of("convert", file, out).out()).contains("1 tensors, 1 numbers");
        assertThat(Safetensors.read(out).metadata()).containsEntry("step", "7");
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), file);
        CommandRun.of("convert", file, file).failedWith("is the file to read");
        CommandRun.of("convert", file, link).failedWith("is the file to read");
        CommandRun.of("convert", file, folder.resolve("out.pth")).failedWith("ends in .safetensors");
        CommandRun.of("convert", format("bad/crc_mismatch.pth"), out).failedWith("crc_mismatch.pth", "CRC-32");
        assertThat(Safetensors.read(out).metadata()).containsEntry("step", "7");
    }

    @Test
    void metricsReadAnyFileOfOneTensor() {
        Path scores = folder.resolve("scores.safetensors");
        Safetensors.write(scores, Map.of("scores", HostTensor.of(Shape.of(2, 1), 0.9, 0.1)), Map.of());
        Path targets = npy("targets.npy", Shape.of(2, 1), 1, 0);
        assertThat(CommandRun.of("metrics", "--scores", scores, "--targets", targets, "--json").json().get("mAP")
                .get("total").asDouble()).isEqualTo(1.0);
        CommandRun.of("metrics", "--scores", format("all.safetensors"), "--targets", targets)
                .failedWith("all.safetensors", "needed is one");
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
