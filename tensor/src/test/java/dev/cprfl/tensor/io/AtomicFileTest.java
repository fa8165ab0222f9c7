package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    private Path folder;

    @Test
    void replacesTheOldContent() throws IOException {
        Path file = folder.resolve("state");
        AtomicFile.write(file, "old".getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(file, "new".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("new");
        onlyFile(file);
    }

    @Test
    void aFullDiskLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(folder.resolve("state"), "old");
        assertThatThrownBy(() -> AtomicFile.write(file, 1_000_000, out -> {
            out.write(new byte[500_000]);
            throw new IOException("No space left on device");
        })).isInstanceOf(UserException.class)
                .hasMessageMatching("cannot write " + file
                        + " \\(1000000 bytes, \\d+ free there\\): No space left on device; what was there is unchanged");
        assertThat(file).hasContent("old");
        onlyFile(file);
    }

    @Test
    void writesThroughALink() throws IOException {
        Path file = Files.writeString(folder.resolve("state"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        AtomicFile.write(link, new byte[0]);
        assertThat(link).isSymbolicLink();
        assertThat(file).isEmptyFile();
    }

    @Test
    void leavesDevicesAndFoldersAlone() {
        assertThatThrownBy(() -> AtomicFile.write(folder, new byte[1])).isInstanceOf(UserException.class)
                .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> AtomicFile.write(folder.resolve("none/state"), new byte[1]))
                .isInstanceOf(UserException.class).hasMessageContaining("no such file or folder");
    }

    private void onlyFile(Path file) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
