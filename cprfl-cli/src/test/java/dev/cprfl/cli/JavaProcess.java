package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The command line in a process of its own.
 *
 * @param err file with its standard error
 */
record JavaProcess(Process process, Path out, Path err) {

    private static final long LIMIT_SECONDS = 120;

    /** Starts the program; {@code before} is put in front of the command, such as a shell that sets a limit. */
    static JavaProcess start(Path folder, List<String> before, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", classPath(),
                Main.class.getName()));
        command.addAll(args);
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        return new JavaProcess(
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
    }

    /** Absolute, since the test may run in another folder than the process. */
    private static String classPath() {
        return String.join(java.io.File.pathSeparator,
                Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString()).toList());
    }

    /** Waits for the end; what Java itself says about incubator modules is left out. */
    CommandRun end() throws InterruptedException {
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
        return new CommandRun(process.exitValue(), read(out),
                read(err).replace("WARNING: Using incubator modules: jdk.incubator.vector\n", ""));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
