package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code cprfl} in a folder with a blank in its name, with a pretended JDK that prints what it is given. */
class LauncherTest {

    private static final String GREETING = "WARNING: Using incubator modules: jdk.incubator.vector";

    @TempDir
    private Path folder;

    private Path home;
    private Path jdk;

    @BeforeEach
    void aBuiltProjectAndAJdk() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "skipped: the launcher needs bash");
        home = Files.createDirectories(folder.resolve("a b"));
        Files.copy(Path.of("../cprfl"), home.resolve("cprfl"));
        executable(home.resolve("cprfl"));
        Files.createDirectories(home.resolve("cprfl-cli/target/lib"));
        Files.createFile(home.resolve("cprfl-cli/target/cprfl-cli.jar"));
        jdk = folder.resolve("jdk 25");
        jdk(jdk, "25.0.9", "jdk.incubator.vector");
    }

    private static void jdk(Path at, String version, String modules) throws IOException {
        Files.createDirectories(at.resolve("bin"));
        Files.writeString(at.resolve("release"), "JAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
        executable(Files.writeString(at.resolve("bin/java"), """
                #!/bin/bash
                echo '%s' >&2
                echo "WARNING: a real one" >&2
                echo "Java %s, process $$"
                printf '<%%s>\\n' "$@"
                exit 7
                """.formatted(GREETING, version)));
    }

    private static void executable(Path file) {
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private CommandRun launch(Path java25Home, String... args) throws IOException, InterruptedException {
        String[] command = new String[args.length + 1];
        command[0] = home.resolve("cprfl").toString();
        System.arraycopy(args, 0, command, 1, args.length);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JAVA25_HOME", java25Home.toString());
        builder.environment().remove("CPRFL_JAVA_OPTS");
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        Thread.sleep(200); // the filter of standard error may end after Java
        return new CommandRun(process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8).replace("process " + process.pid(), "the same process"),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void argumentsAndExitCodePassThroughTheSameProcess() throws Exception {
        CommandRun run = launch(jdk, "predict", "two words", "*", "");
        assertThat(run.exitCode()).isEqualTo(7);
        assertThat(run.out()).startsWith("Java 25.0.9, the same process\n")
                .contains("<--add-modules=jdk.incubator.vector>", "<" + home + "/cprfl-cli/target/cprfl-cli.jar:")
                .endsWith("<dev.cprfl.cli.Main>\n<predict>\n<two words>\n<*>\n<>\n");
    }

    @Test
    void onlyJavasGreetingIsHidden() throws Exception {
        assertThat(launch(jdk, "info").err()).isEqualTo("WARNING: a real one\n");
    }

    @Test
    void aJdkOfAnotherVersionOrWithoutTheVectorModuleIsPassedOver() throws Exception {
        Path old = folder.resolve("old");
        jdk(old, "17.0.1", "jdk.incubator.vector");
        assertThat(launch(old, "info").out()).doesNotContain("Java 17");
        Path small = folder.resolve("small");
        jdk(small, "25.0.8", "java.base");
        assertThat(launch(small, "info").out()).doesNotContain("Java 25.0.8");
    }
}
