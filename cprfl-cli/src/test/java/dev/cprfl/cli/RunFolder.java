package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a training has written. */
record RunFolder(Path path) {

    /** Names of the files that say how the training went, beside the optimizer's; the others say how it was started. */
    private static final List<String> RESULTS = List.of("last.safetensors", "best.safetensors", "metrics.jsonl");

    /** The files of the folder, none if there is no folder; the list can be changed. */
    List<Path> files() {
        try (Stream<Path> files = Files.list(path)) {
            return new ArrayList<>(files.toList());
        } catch (NoSuchFileException e) {
            return new ArrayList<>();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Path> optimizerFiles() {
        return files().stream().filter(RunFolder::isOptimizer).toList();
    }

    static boolean isOptimizer(Path file) {
        return file.getFileName().toString().startsWith("optimizer-");
    }

    static boolean isTemporary(Path file) {
        return file.toString().endsWith(".tmp");
    }

    /** Checks that both folders hold files of the same names, and that every result has the same bytes. */
    void assertSameResults(RunFolder other) throws IOException {
        assertThat(other.names()).isEqualTo(names()).containsAll(RESULTS)
                .anyMatch(name -> name.startsWith("optimizer"));
        for (Path file : files()) {
            String name = file.getFileName().toString();
            if (RESULTS.contains(name) || isOptimizer(file)) {
                assertThat(Files.mismatch(file, other.path.resolve(name))).as(name).isEqualTo(-1);
            }
        }
    }

    private List<String> names() {
        return files().stream().map(file -> file.getFileName().toString()).sorted().toList();
    }
}
