package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the offline bundle, with a pretended Java that prints where it is and what it is given. */
class BundleTest {

    @TempDir
    private Path folder;

    private Path home;

    @BeforeEach
    void aBundleWithThreeSuites() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "skipped: the scripts need bash");
        home = folder.resolve("a b");
        Files.createDirectories(home.resolve("bin"));
        for (String script : List.of("test", "bench")) {
            executable(Files.copy(Path.of("../bundle/src/main/bin", script), home.resolve("bin").resolve(script)));
        }
        Files.createDirectories(home.resolve("runtime/bin"));
        executable(Files.writeString(home.resolve("runtime/bin/java"), """
                #!/bin/bash
                echo "in ${PWD##*/suites/}: $*"
                [[ "$*" != *WrongTest* ]]
                """));
        for (String test : List.of("tests/target/test-classes/dev/RightTest", "tests/target/test-classes/dev/Helper",
                "tests/target/test-classes/dev/RightTest$Inner", "kernels/vector/target/test-classes/dev/k/OneTest",
                "kernels/vector/target/test-classes/dev/k/TwoTest", "tensor/target/test-classes/dev/t/WrongTest")) {
            Path file = home.resolve("suites").resolve(test + ".class");
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private static void executable(Path file) {
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private CommandRun run(String script, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(home.resolve("bin").resolve(script).toString()));
        command.addAll(List.of(args));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("CPRFL_JAVA_OPTS");
        builder.environment().remove("BENCH_OUT");
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new CommandRun(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void everyTestClassRunsInItsSuitesFolderAndAFailureIsKept() throws Exception {
        CommandRun all = run("test");
        assertThat(all.exitCode()).isEqualTo(1);
        assertThat(all.err()).isEmpty();
        assertThat(all.out().lines().filter(line -> line.startsWith("=="))).containsExactly(
                "== kernels/vector: OneTest",
                "== kernels/vector: TwoTest", "== tensor: WrongTest", "== tests: RightTest");
        assertThat(all.out()).contains("in tests: ").contains("in kernels/vector: ")
                .contains("--select-class=dev.k.OneTest\n");
    }

    @Test
    void suitesAndClassesCanBeNamed() throws Exception {
        for (String name : List.of("tests", "RightTest", "dev.RightTest")) {
            CommandRun one = run("test", name, "--", "--details=tree");
            assertThat(one.exitCode()).as(name).isZero();
            assertThat(one.out()).startsWith("== tests: RightTest\nin tests: ").hasLineCount(2)
                    .contains("--details=tree", home + "/lib/*:" + home + "/test-lib/*")
                    .endsWith("--select-class=dev.RightTest\n");
        }
    }

    @Test
    void anUnknownNameIsRefusedBeforeAnythingRuns() throws Exception {
        for (String name : List.of("AbsentTest", "Helper", "other.RightTest", "kernels", "")) {
            CommandRun none = run("test", "RightTest", name);
            assertThat(none.exitCode()).as(name).isEqualTo(2);
            assertThat(none.out()).isEmpty();
            assertThat(none.err()).isEqualTo("test: there is no suite and no test class named " + name
                    + "; the suites are kernels/vector tensor tests\n");
        }
    }

    @Test
    void whatIsNamedTwiceRunsOnce() throws Exception {
        assertThat(
                run("test", "tests", "RightTest", "kernels/vector").out().lines().filter(line -> line.startsWith("==")))
                .containsExactly("== kernels/vector: OneTest", "== kernels/vector: TwoTest", "== tests: RightTest");
    }

    @Test
    void benchmarksTakeTheirArguments() throws Exception {
        assertThat(run("bench", "-l", "a|b c").out()).contains("-Dbench.out=bench ", home + "/lib/*")
                .endsWith("dev.cprfl.bench.Report -l a|b c\n");
    }
}
