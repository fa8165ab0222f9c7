package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel compiles without a warning, in both types, for an A100 (8.0) and an H100 (9.0). No device is needed. */
class SourcesCompileTest {

    @ParameterizedTest
    @MethodSource("sourcesAndTypes")
    void compiles(String source, Type type, @TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(Stream.of(System.getenv("PATH").split(Pattern.quote(File.pathSeparator)))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "nvcc"))),
                "skipped: there is no nvcc on the PATH");
        Path text = folder.resolve(source + ".cu");
        Files.writeString(text, Kernels.source(source, type));
        Process compiler = new ProcessBuilder("nvcc", "-std=c++17", "-Werror", "all-warnings", "-gencode",
                "arch=compute_80,code=sm_80", "-gencode", "arch=compute_90,code=sm_90", "-fatbin", "-o",
                folder.resolve("binary").toString(), text.toString()).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(said).isZero();
    }

    @Test
    void sourcesAreFound() throws IOException, URISyntaxException {
        assertThat(sources()).contains("elementwise", "moving", "reduce", "losses", "training");
    }

    static Stream<Arguments> sourcesAndTypes() throws IOException, URISyntaxException {
        return sources().stream()
                .flatMap(source -> Stream.of(Type.values()).map(type -> Arguments.of(source, type)));
    }

    /** The sources lie in a folder, or, in the offline bundle, in a jar. */
    private static List<String> sources() throws IOException, URISyntaxException {
        URI prelude = Kernels.class.getResource("prelude.cuh").toURI();
        if (!prelude.getScheme().equals("jar")) {
            return sources(Path.of(prelude).getParent());
        }
        try (FileSystem jar = FileSystems.newFileSystem(prelude, Map.of())) {
            return sources(jar.provider().getPath(prelude).getParent());
        }
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".cu"))
                    .map(name -> name.substring(0, name.length() - 3)).sorted().toList();
        }
    }
}
