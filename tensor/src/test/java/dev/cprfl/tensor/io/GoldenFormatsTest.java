package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    static Map<String, HostTensor> read(Path file) {
        return file.toString().endsWith(".npy")
                ? Map.of("array", Npy.read(file))
                : Safetensors.read(file).tensors();
    }

    @Test
    void filesAreThere() throws IOException {
        assertThat(good()).hasSize(15);
        assertThat(bad()).hasSize(40);
    }

    @ParameterizedTest
    @MethodSource("good")
    void readsLikeTheReference(Path file) {
        Map<String, HostTensor> expected = Safetensors.read(Path.of(file + EXPECTED)).tensors();
        Map<String, HostTensor> actual = read(file);
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
        assertThatThrownBy(() -> read(file)).isInstanceOf(UserException.class)
                .hasMessageStartingWith(file + " is not a valid ").hasMessageMatching(".*: byte \\d+: .{8,}");
    }

    /** Cut anywhere or with any byte changed, a file is read or refused, and nothing else happens. */
    @ParameterizedTest
    @MethodSource("good")
    void survivesDamage(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        Path damaged = Files.createTempFile("damaged", file.getFileName().toString());
        try {
            for (int i = 0; i < content.length; i++) {
                Files.write(damaged, Arrays.copyOf(content, i));
                assertThatThrownBy(() -> read(damaged)).isInstanceOf(UserException.class);
                for (int change : new int[]{1, 0x10, 0x80, 0xFF}) {
                    byte[] changed = content.clone();
                    changed[i] ^= (byte) change;
                    Files.write(damaged, changed);
                    try {
                        read(damaged).values().forEach(HostTensor::toDoubles);
                    } catch (UserException refused) {
                        assertThat(refused).hasMessageContaining("byte");
                    }
                }
            }
        } finally {
            Files.delete(damaged);
        }
    }
}
