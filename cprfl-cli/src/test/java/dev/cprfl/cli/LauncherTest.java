package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
    private Path maven;
    private final Map<String, String> environment = new HashMap<>(Map.of("CPRFL_CUDA", "false"));

    @BeforeEach
    void aBuiltProjectAndAJdk() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "skipped: the launcher needs bash");
        home = Files.createDirectories(folder.resolve("a b"));
        Files.copy(Path.of("../cprfl"), home.resolve("cprfl"));
        executable(home.resolve("cprfl"));
        Files.createDirectories(home.resolve("cprfl-cli/target/lib"));
        Files.createFile(home.resolve("cprfl-cli/target/cprfl-cli.jar"));
        maven = folder.resolve("maven");
        Files.createDirectories(maven);
        // Prints what it is given and puts what the profile would put there.
        executable(Files.writeString(maven.resolve("mvn"), """
                #!/bin/bash
                echo "$@" >>"${0%/*}/asked"
                [[ " $* " != *" -Pcuda "* ]] || touch cprfl-cli/target/lib/{kernels-cuda-1,cuda-13,javacpp-1}.jar
                """));
        jdk = folder.resolve("jdk 25");
        jdk(jdk, "25.0.9", "jdk.incubator.vector");
    }

    private static void jdk(Path at, String version, String modules) throws IOException {
        Files.createDirectories(at.resolve("bin"));
        Files.writeString(at.resolve("release"), "JAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
        for (String program : List.of("Java", "JShell")) {
            Path file = at.resolve("bin").resolve(program.toLowerCase(Locale.ROOT));
            executable(Files.writeString(file, """
                    #!/bin/bash
                    echo '%s' >&2
                    echo "WARNING: a real one" >&2
                    echo "%s %s, process $$"
                    printf '<%%s>\\n' "$@"
                    exit 7
                    """.formatted(GREETING, program, version)));
        }
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
        builder.environment().remove("LD_LIBRARY_PATH");
        builder.environment().merge("PATH", maven.toString(), (path, first) -> first + ":" + path);
        builder.environment().putAll(environment);
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
    void theShellHasAllJarsAndItsScript() throws Exception {
        Files.createFile(home.resolve("cprfl-cli/target/lib/one.jar"));
        Files.createFile(home.resolve("cprfl-cli/target/lib/two.jar"));
        CommandRun run = launch(jdk, "jshell", "my script.jsh");
        assertThat(run.out()).startsWith("JShell 25.0.9, the same process\n<--add-modules>\n<jdk.incubator.vector>\n")
                .contains("<%1$s/cprfl-cli.jar:%1$s/lib/one.jar:%1$s/lib/two.jar>"
                        .formatted(home + "/cprfl-cli/target"))
                .endsWith("<" + home + "/docs/start.jsh>\n<my script.jsh>\n");
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

    private String builds() throws IOException {
        Path asked = maven.resolve("asked");
        String all = Files.exists(asked) ? Files.readString(asked) : "";
        Files.deleteIfExists(asked);
        return all;
    }

    private Path lib(String jar) {
        return home.resolve("cprfl-cli/target/lib").resolve(jar);
    }

    @Test
    void aBuildServesWithOrWithoutCuda() throws Exception {
        launch(jdk, "info");
        assertThat(builds()).as("fresh, and no CUDA is wanted").isEmpty();
        environment.put("CPRFL_CUDA", "true");
        launch(jdk, "info");
        assertThat(builds()).contains(" -Pcuda ");
        launch(jdk, "info");
        assertThat(builds()).as("it has CUDA already").isEmpty();
        environment.put("CPRFL_CUDA", "false");
        assertThat(launch(jdk, "info").exitCode()).isEqualTo(7);
        assertThat(builds()).contains("package").doesNotContain("cuda");
        assertThat(lib("kernels-cuda-1.jar")).doesNotExist();
        assertThat(lib("cuda-13.jar")).doesNotExist();
        assertThat(lib("javacpp-1.jar")).doesNotExist();
    }

    @Test
    void aDriverDecidesWhereNobodySays() throws Exception {
        Path driver = Files.createDirectories(folder.resolve("driver"));
        Files.createFile(driver.resolve("libcuda.so.1"));
        environment.put("CPRFL_CUDA", "");
        environment.put("LD_LIBRARY_PATH", folder + ":" + driver);
        launch(jdk, "info");
        assertThat(builds()).contains(" -Pcuda ");
    }

    private Path classes() {
        return home.resolve("cprfl-cli/target/classes.jsa");
    }

    /** A Java that makes an archive of classes where it is told to, with its process's exit code. */
    private void javaThatArchives(int exitCode) throws IOException {
        executable(Files.writeString(jdk.resolve("bin/java"), """
                #!/bin/bash
                for option in "$@"; do
                    if [[ $option == -XX:DumpLoadedClassList=* ]]; then
                        echo "speaks of it"; echo "and complains" >&2
                        echo "$@" >"${option#*=}"
                        exit 0
                    elif [[ $option == -XX:SharedClassListFile=* ]]; then
                        list=${option#*=}
                    elif [[ $option == -XX:SharedArchiveFile=* && -n ${list-} ]]; then
                        (cat "$list"; echo "$@") >"${option#*=}"
                        exit %d
                    fi
                done
                printf '<%%s>\n' "$@"
                """.formatted(exitCode)));
    }

    @Test
    void aBuildKeepsItsClassesForLaterStarts() throws Exception {
        javaThatArchives(0);
        Files.delete(home.resolve("cprfl-cli/target/cprfl-cli.jar"));
        CommandRun first = launch(jdk, "info");
        assertThat(first.out()).startsWith("<--add-modules").contains("<-XX:SharedArchiveFile=" + classes() + ">")
                .endsWith("<info>\n");
        assertThat(first.err()).doesNotContain("complains");
        assertThat(Files.readString(classes())).contains("--add-modules=jdk.incubator.vector", "-XX:+UseSerialGC",
                "-Xshare:dump",
                home + "/cprfl-cli/target/cprfl-cli.jar:", "dev.cprfl.cli.Main bench");
        builds();
        assertThat(launch(jdk, "info").out()).contains("<-XX:SharedArchiveFile=" + classes() + ">");
        assertThat(builds()).isEmpty();
    }

    @Test
    void withoutThemItStartsAllTheSame() throws Exception {
        javaThatArchives(1);
        Files.delete(home.resolve("cprfl-cli/target/cprfl-cli.jar"));
        CommandRun run = launch(jdk, "info");
        assertThat(run.out()).startsWith("<--add-modules").doesNotContain("SharedArchiveFile").endsWith("<info>\n");
        assertThat(run.err()).doesNotContain("complains");
        try (Stream<Path> left = Files.list(classes().getParent())) {
            assertThat(left).noneMatch(file -> file.getFileName().toString().startsWith("classes.jsa"));
        }
    }

    @Test
    void aWrongChoiceIsNamed() throws Exception {
        environment.put("CPRFL_CUDA", "yes");
        CommandRun run = launch(jdk, "info");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("cprfl: CPRFL_CUDA is \"yes\"; it is true, false or not set\n");
    }

    @Test
    void inTheBundleItNeedsNoJdkAndNoMaven() throws Exception {
        Path bundle = folder.resolve("the bundle");
        Files.createDirectories(bundle.resolve("bin"));
        Files.copy(Path.of("../cprfl"), bundle.resolve("bin/cprfl"));
        executable(bundle.resolve("bin/cprfl"));
        jdk(bundle.resolve("runtime"), "25.0.7", "");
        home = bundle.resolve("bin");
        environment.put("CPRFL_CUDA", "true");
        CommandRun run = launch(folder.resolve("none"), "info");
        assertThat(run.out()).startsWith("Java 25.0.7, ")
                .contains("/the bundle/bin/../lib/*>\n<dev.cprfl.cli.Main>\n<info>\n");
        assertThat(builds()).isEmpty();
    }
}
