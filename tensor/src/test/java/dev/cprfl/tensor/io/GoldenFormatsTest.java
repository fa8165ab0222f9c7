package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.WeightFile.Format;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that PyTorch's and NumPy's own libraries wrote, and malformed ones that must be refused. */
class GoldenFormatsTest {

    private static final Path FOLDER = Path.of("src/test/resources/formats");
    private static final String EXPECTED = ".expected.safetensors";

    static List<Path> good() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(Files::isRegularFile).filter(file -> !file.toString().endsWith(EXPECTED)).sorted()
                    .toList();
        }
    }

    static List<Path> bad() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("bad"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void filesAreThere() throws IOException {
        assertThat(good()).hasSize(22);
        assertThat(bad()).hasSize(69);
    }

    @ParameterizedTest
    @MethodSource("good")
    void readsLikeTheReference(Path file) {
        Map<String, HostTensor> expected = Safetensors.read(Path.of(file + EXPECTED)).tensors();
        Map<String, HostTensor> actual = WeightFile.open(file).tensors();
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> {
            assertThat(actual.get(name).dtype()).as(name).isEqualTo(tensor.dtype());
            assertThat(actual.get(name).shape()).as(name).isEqualTo(tensor.shape());
            assertThat(actual.get(name).data().mismatch(tensor.data())).as(name).isEqualTo(-1);
        });
    }

    @ParameterizedTest
    @MethodSource("bad")
    void refuses(Path file) {
        long allocated = Allocation.of(() -> assertThatThrownBy(() -> WeightFile.open(file))
                .isInstanceOf(UserException.class).hasMessageStartingWith(file + " is not a valid ")
                .hasMessageMatching(".*: byte \\d+: .{8,}"));
        assertThat(allocated).isLessThan(8 << 20);
    }

    /** What a pickle wants to run is named, and was not run. */
    @ParameterizedTest
    @CsvSource({"evil_os_system, posix.system", "evil_legacy, posix.system", "evil_eval, .eval",
        "evil_subprocess_nested, commands.check_output", "evil_getattr, .getattr", "evil_class_build, types.CodeType"})
    void namesWhatItRefuses(String file, String name) {
        assertThatThrownBy(() -> WeightFile.open(FOLDER.resolve("bad/" + file + ".pth")))
                .isInstanceOf(UserException.class).hasMessageContaining("the pickle names ")
                .hasMessageContaining(name + ", which is none").hasMessageContaining("nothing of it was run");
    }

    @Test
    void leavesOutWhatIsNoWeight() {
        WeightFile official = WeightFile.open(FOLDER.resolve("official_layout.ckpt"));
        assertThat(official.format()).isEqualTo(Format.PYTORCH);
        assertThat(official.leftOut()).containsExactlyInAnyOrderEntriesOf(
                Map.of("epoch", "17", "score", "a tensor", "model", "\"ema\""));
        assertThat(WeightFile.open(FOLDER.resolve("with_optimizer.pth")).leftOut()).containsKey("optimizer");
        WeightFile script = WeightFile.open(FOLDER.resolve("clip_like_jit.pt"));
        assertThat(script.format()).isEqualTo(Format.TORCHSCRIPT);
        assertThat(script.leftOut()).containsOnlyKeys("code");
        assertThat(WeightFile.open(FOLDER.resolve("sd_legacy.pth")).format()).isEqualTo(Format.PYTORCH_LEGACY);
    }

    /** Cut anywhere or with any byte changed, a file is read or refused, and nothing else happens. */
    @ParameterizedTest
    @MethodSource("good")
    void survivesDamage(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        int step = content.length < 3000 ? 1 : content.length / 200;
        for (int i = 0; i < content.length; i += step) {
            byte[] cut = Arrays.copyOf(content, i);
            assertThatThrownBy(() -> WeightFile.parse(file, MemorySegment.ofArray(cut)))
                    .isInstanceOf(UserException.class);
            for (int change : new int[]{1, 0x10, 0x80, 0xFF}) {
                byte[] changed = content.clone();
                changed[i] ^= (byte) change;
                try {
                    WeightFile.parse(file, MemorySegment.ofArray(changed)).tensors().values()
                            .forEach(HostTensor::toDoubles);
                } catch (UserException refused) {
                    assertThat(refused).hasMessageContaining("byte");
                }
            }
        }
    }
}
