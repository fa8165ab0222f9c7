package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.WeightFile.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFileTest {

    private static final Path FORMATS = Path.of("src/test/resources/formats");
    private static final Map<String, byte[]> ONE = Map.of("0", TestTorch.floats(1, 2, 3, 4, 5, 6));

    @TempDir
    private Path folder;

    private static WeightFile parse(byte[] content) {
        return WeightFile.parse(Path.of("x.pth"), MemorySegment.ofArray(content));
    }

    private static void refuses(byte[] content, String reason) {
        assertThatThrownBy(() -> parse(content)).isInstanceOf(UserException.class)
                .hasMessageMatching("x.pth is not a valid [\\w ]+ file: byte \\d+: .*").hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"all.safetensors, SAFETENSORS", "sd_zip.pth, PYTORCH", "sd_legacy.pth, PYTORCH_LEGACY",
        "clip_like_jit.pt, TORCHSCRIPT", "v1_f4.npy, NPY"})
    void theContentTellsTheFormat(String file, Format format) throws IOException {
        for (String name : new String[]{"weights", "x.npy", "x.safetensors", "x.pth", "x.npz"}) {
            Path copy = folder.resolve(name);
            Files.copy(FORMATS.resolve(file), copy);
            assertThat(WeightFile.open(copy).format()).as(name).isEqualTo(format);
        }
    }

    @Test
    void readsNpzStoredAndDeflated() throws IOException {
        byte[] matrix = Files.readAllBytes(FORMATS.resolve("v1_f8_fortran.npy"));
        byte[] half = Files.readAllBytes(FORMATS.resolve("v1_f2.npy"));
        WeightFile npz = parse(new TestZip().store("a.npy", matrix).deflated("b/c.npy", half)
                .store("note.txt", new byte[3]).finish());
        assertThat(npz.format()).isEqualTo(Format.NPZ);
        assertThat(npz.tensors().keySet()).containsExactly("a", "b/c");
        assertThat(npz.get("a").toDoubles())
                .containsExactly(Npy.read(FORMATS.resolve("v1_f8_fortran.npy")).toDoubles());
        assertThat(npz.get("b/c").data().mismatch(Npy.read(FORMATS.resolve("v1_f2.npy")).data())).isEqualTo(-1);
        assertThat(npz.leftOut()).containsOnlyKeys("note.txt");
        refuses(new TestZip().store("note.txt", new byte[3]).finish(), "neither PyTorch's data.pkl nor");
        assertThatThrownBy(() -> parse(new TestZip().store("a.npy", new byte[20]).finish()))
                .hasMessageStartingWith("x.pth, entry a.npy is not a valid npy file: byte 0: ");
    }

    @Test
    void findsTheWeightsOfACheckpoint() {
        TestTorch pickle = new TestTorch().raw("}(").text("epoch").integer(3).text("lr").raw("G\77\360\0\0\0\0\0\0")
                .text("model").raw("}(").text("state_dict").raw("}(").text("module.weight")
                .tensor("FloatStorage", "0", 2, 3)
                .raw("u").text("optimizer").raw("}uu");
        WeightFile file = parse(pickle.archive(ONE));
        assertThat(file.tensors().keySet()).containsExactly("module.weight");
        assertThat(file.get("module.weight").shape()).isEqualTo(Shape.of(2, 3));
        assertThat(file.get("module.weight").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(file.leftOut()).containsExactlyInAnyOrderEntriesOf(
                Map.of("epoch", "3", "lr", "1.0", "model.optimizer", "a dict of 0"));
        assertThatThrownBy(() -> file.get("weight")).hasMessage("x.pth holds no tensor named weight");
    }

    @Test
    void joinsDictsOfStatesWithDots() {
        TestTorch pickle = new TestTorch().raw("}(").text("backbone").raw("}(").text("conv1.weight")
                .tensor("FloatStorage", "0", 6).text("step").integer(1).raw("u").text("head").raw("}(").text("bias")
                .view("FloatStorage", "0", 6, 4, new long[]{2}, new long[]{1}).raw("u").text("optimizer").raw("}(")
                .text("state").raw("}(").text("m").tensor("FloatStorage", "9", 6).raw("uu").text("buffers").raw("}(")
                .integer(0).tensor("FloatStorage", "9", 6).raw("uu");
        WeightFile file = parse(pickle.archive(ONE));
        assertThat(file.tensors().keySet()).containsExactly("backbone.conv1.weight", "head.bias");
        assertThat(file.get("head.bias").toFloats()).containsExactly(5, 6);
        assertThat(file.leftOut()).containsExactlyInAnyOrderEntriesOf(Map.of("backbone.step", "1", "optimizer",
                "a dict of 1", "buffers", "a dict of 1"));
    }

    @Test
    void aTensorAloneIsAnArray() {
        assertThat(parse(new TestTorch().tensor("FloatStorage", "0", 3, 2).archive(ONE)).tensors())
                .containsOnlyKeys(WeightFile.ARRAY);
    }

    @Test
    void refusesWhatHoldsNoWeights() {
        refuses(new TestTorch().raw("]").archive(ONE), "a list of 0, not a dict of tensors");
        refuses(new TestTorch().raw("}").archive(ONE), "a dict of 0 without any tensor");
        refuses(new TestTorch().raw("}(").text("a").raw("}(").text("b").tensor("FloatStorage", "0", 6).raw("u")
                .text("a.b").tensor("FloatStorage", "0", 6).raw("u").archive(ONE), "two tensors are named a.b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ComplexFloatStorage", "QInt8Storage"})
    void refusesTypesThatItDoesNotKnow(String type) {
        refuses(new TestTorch().tensor(type, "0", 3).archive(ONE), "tensor array is of type torch." + type);
    }

    @Test
    void refusesStoragesItDoesNotKnow() {
        refuses(new TestTorch().tensor("SpecialStorage", "0", 6).archive(ONE), "names torch.SpecialStorage");
        refuses(new TestTorch().tensor("FloatStorage", "1", 6).archive(ONE), "no entry x/data/1");
        refuses(new TestTorch().tensor("FloatStorage", "../data.pkl", 6).archive(ONE), "no entry x/data/../data.pkl");
        refuses(new TestTorch().tensor("DoubleStorage", "0", 6).archive(ONE), "should have 6 numbers of 8 bytes");
    }

    @Test
    void refusesBigEndian() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("x/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
        entries.put("x/data.pkl", new TestTorch().tensor("FloatStorage", "0", 6).bytes());
        entries.put("x/data/0", ONE.get("0"));
        refuses(TestZip.stored(entries), "byte order big");
        refuses(legacy("\211", 6), "not said to be little-endian");
    }

    @ParameterizedTest
    @CsvSource({"0, 2 2, 3 1, true", "2, 2 2, 2 1, true", "3, 2 2, 2 1, false", "0, 7, 1, false", "0, 2, 5, true",
        "0, 2, 6, false", "-1, 2, 1, false", "0, -1, 1, false", "0, 2, -1, false", "0, 0 9, 99 99, true",
        "0, 2 2, 1, false", "0, 2, 9223372036854775807, false", "9223372036854775807, 2, 1, false",
        "5, 1, 9223372036854775807, true", "0, 2 3, 0 0, true", "0, 65536 65536, 0 0, false",
        "0, 3037000500 3037000500, 0 0, false", "0, 30000 30000, 0 0, false"})
    void checksViews(long offset, String shape, String strides, boolean fits) {
        byte[] content = new TestTorch().view("FloatStorage", "0", 6, offset, longs(shape), longs(strides))
                .archive(ONE);
        long allocated = Allocation.of(() -> {
            if (fits) {
                parse(content).get(WeightFile.ARRAY).toFloats();
            } else {
                refuses(content, "tensor array: ");
            }
        });
        assertThat(allocated).isLessThan(8 << 20);
    }

    private static long[] longs(String text) {
        return Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    /** A file of old, with this opcode for little_endian, and a storage that says it has so many numbers. */
    private static byte[] legacy(String littleEndian, long numbers) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(new TestTorch().raw("\212\12l\374\234F\371 j\250P\31").bytes());
        all.writeBytes(new TestTorch().integer(1001).bytes());
        all.writeBytes(new TestTorch().raw("}(").text("little_endian").raw(littleEndian + "u").bytes());
        all.writeBytes(new TestTorch().raw("}(").text("a")
                .view("FloatStorage", "17", 6, 1, new long[]{2, 2}, new long[]{1, 3}).raw("u").bytes());
        all.writeBytes(new TestTorch().raw("](").text("17").raw("e").bytes());
        all.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(numbers).array());
        all.writeBytes(ONE.get("0"));
        return all.toByteArray();
    }

    @Test
    void readsAndChecksOldFiles() {
        assertThat(parse(legacy("\210", 6)).get("a").toFloats()).containsExactly(2, 5, 3, 6);
        byte[] later = legacy("\210", 6);
        byte[] text = "L119547037146038801333356L\n.".getBytes(StandardCharsets.US_ASCII);
        byte[] protocol1 = Arrays.copyOf(text, text.length + later.length - 15);
        System.arraycopy(later, 15, protocol1, text.length, later.length - 15);
        assertThat(parse(protocol1).get("a").toFloats()).containsExactly(2, 5, 3, 6);
        refuses(legacy("\210", 5), "should have 6 numbers of 4 bytes; the file says 5");
        refuses(legacy("\210", -1), "the file says -1");
        refuses(new TestTorch().integer(5).bytes(), "not the magic number");
    }

    /** Two modules that hold each two of the next: 2^60 names of one tensor in a small file. */
    @Test
    void refusesNamesWithoutEnd() {
        TestTorch pickle = new TestTorch().raw("}(").text("t").tensor("FloatStorage", "0", 6).raw("uq\0");
        for (int i = 0; i < 60; i++) {
            pickle.raw("0}(").text("a").raw("h\0").text("b").raw("h\0uq\0");
        }
        byte[] content = pickle.archive(ONE);
        assertThat(Allocation.of(() -> refuses(content, "more than a file of this size warrants")))
                .isLessThan(2 * (Budget.FREE + Budget.FACTOR * content.length));
    }

    @Test
    void aDictThatHoldsItselfEnds() {
        refuses(new TestTorch().raw("}q\0(").text("model").raw("h\0u").archive(ONE),
                "more than a file of this size warrants");
        TestTorch pickle = new TestTorch().raw("}q\0(").text("t").tensor("FloatStorage", "0", 6).text("a").raw("h\0u");
        assertThat(parse(pickle.archive(ONE)).tensors()).hasSizeGreaterThan(1);
    }
}
