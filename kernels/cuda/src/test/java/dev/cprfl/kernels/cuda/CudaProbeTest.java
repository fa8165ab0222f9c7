package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The probe in a small file system with a pretended driver and empty libraries under NVIDIA's names. Each probe has a process of
 * its own, because a process loads natives once, and so that a crash would show.
 */
class CudaProbeTest {

    private static final String DRIVER_SOURCE = """
            #include <string.h>
            int cuDriverGetVersion(int *v) { *v = VERSION; return 0; }
            int cuInit(unsigned flags) { return INIT; }
            int cuDeviceGetCount(int *n) { *n = COUNT; return 0; }
            int cuDeviceGetAttribute(int *v, int attribute, int device) { *v = attribute == 75 ? MAJOR : MINOR; return 0; }
            int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "Pretended 9000", length); return 0; }
            int cuGetErrorString(int code, const char **text) { *text = "words of the driver"; return 0; }
            """;
    private static final Map<String, Integer> GOOD = Map.of("VERSION", 13000, "INIT", 0, "COUNT", 1, "MAJOR", 9,
            "MINOR", 0);

    @TempDir
    private static Path shared;

    @TempDir
    private Path root;

    private Path driver;
    private Path toolkit;
    private Path wheels;

    /** Probes a file system; the process that a test starts. */
    static final class Main {
        public static void main(String[] root) {
            CudaProbe probe = CudaProbe.probe(new Folders(Path.of(root[0]), _ -> null));
            System.out.println(probe.obstacle() == null ? probe.device() + " " + probe.capability() : probe.obstacle());
        }
    }

    @BeforeAll
    static void emptyLibraries() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: CUDA is used on Linux only");
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, "gcc"))),
                "skipped: gcc, which makes pretended libraries, was not found");
        String here = probe(Files.createDirectories(shared.resolve("empty")));
        assumeTrue(here.startsWith(Libraries.DRIVER + " was not found"),
                "skipped: the loader of this machine finds NVIDIA's driver");
        Files.writeString(shared.resolve("empty.c"), "");
        for (Libraries.Needed needed : Libraries.NEEDED) {
            gcc("empty.c", needed.name(), List.of());
        }
    }

    /** The libraries lie where they would on a machine with a toolkit but cuDNN and cuBLAS in Python's packages. */
    @BeforeEach
    void aMachine() throws IOException {
        driver = Files.createDirectories(root.resolve("usr/local/nvidia/lib64"));
        toolkit = Files.createDirectories(root.resolve("usr/local/cuda-13.0/lib64"));
        wheels = Files.createDirectories(root.resolve("opt/torch/.venv/lib/python3.12/site-packages/nvidia/cu13/lib"));
        for (Libraries.Needed needed : Libraries.NEEDED) {
            Files.createLink(folder(needed.name()).resolve(needed.name()), shared.resolve(needed.name()));
        }
    }

    private Path folder(String library) {
        return library.startsWith("libcudart") || library.startsWith("libnvrtc") ? toolkit : wheels;
    }

    private static void gcc(String source, String name, List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("gcc", "-shared", "-fPIC", "-w", "-o", name, "-Wl,-soname," + name));
        command.addAll(options);
        command.add(source);
        Process gcc = new ProcessBuilder(command).directory(shared.toFile()).inheritIO().start();
        assertThat(gcc.waitFor()).isZero();
    }

    private void driver(String name, int value) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>();
        GOOD.forEach((key, good) -> options.add("-D" + key + "=" + (key.equals(name) ? value : good)));
        Files.writeString(shared.resolve("driver.c"), DRIVER_SOURCE);
        gcc("driver.c", Libraries.DRIVER, options);
        Files.move(shared.resolve(Libraries.DRIVER), driver.resolve(Libraries.DRIVER));
    }

    private static String probe(Path root) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.cachedir=" + Path.of("target/natives").toAbsolutePath(), "-cp",
                System.getProperty("java.class.path"), Main.class.getName(), root.toString());
        builder.environment().remove("LD_LIBRARY_PATH");
        builder.environment().remove("CUDA_VISIBLE_DEVICES");
        Process process = builder.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        assertThat(out).as("one line").hasLineCount(1);
        return out.strip();
    }

    @Test
    void withoutADriver() throws Exception {
        assertThat(probe(root)).isEqualTo("libcuda.so.1 was not found in the loader's folders and " + driver
                + "; install NVIDIA's driver, or name its folder in LD_LIBRARY_PATH");
    }

    private static boolean loaderFinds(String library) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c",
                "PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -qF " + library);
        return builder.start().waitFor() == 0;
    }

    static Stream<Libraries.Needed> needed() {
        return Libraries.NEEDED.stream();
    }

    @ParameterizedTest
    @MethodSource("needed")
    void withoutOneLibrary(Libraries.Needed needed) throws Exception {
        assumeTrue(!loaderFinds(needed.name()), "skipped: the loader of this machine finds " + needed.name());
        driver("", 0);
        Files.delete(folder(needed.name()).resolve(needed.name()));
        assertThat(probe(root))
                .isEqualTo(needed.name() + " was not found in the loader's folders, " + toolkit + " and " + wheels
                        + "; install it (pip: " + needed.wheel() + "), or name its folder in LD_LIBRARY_PATH");
    }

    @Test
    void aDamagedLibraryIsNamedWithItsReason() throws Exception {
        driver("", 0);
        Path damaged = wheels.resolve("libcudnn.so.9");
        Files.delete(damaged);
        Files.writeString(damaged, "nothing that can be loaded");
        assertThat(probe(root)).startsWith("libcudnn.so.9 cannot be loaded: " + damaged).contains("file too short");
    }

    @Test
    void aDriverTooOld() throws Exception {
        driver("VERSION", 12040);
        assertThat(probe(root)).isEqualTo(
                "the driver is too old: it serves CUDA 12.4 and 13.0 is needed; install driver 580 or newer");
    }

    @Test
    void noDevice() throws Exception {
        driver("INIT", 100);
        assertThat(probe(root)).isEqualTo("the driver finds no NVIDIA device");
    }

    @Test
    void noDeviceThatMayBeUsed() throws Exception {
        driver("COUNT", 0);
        assertThat(probe(root)).isEqualTo("the driver finds no NVIDIA device");
    }

    @Test
    void aDriverThatDoesNotStart() throws Exception {
        driver("INIT", 999);
        assertThat(probe(root)).isEqualTo("the driver does not start: error 999, words of the driver");
    }

    @Test
    void aDeviceTooOld() throws Exception {
        driver("MAJOR", 7);
        assertThat(probe(root)).isEqualTo(
                "the device Pretended 9000 is too old: it has compute capability 7.0 and 7.5 is needed");
    }

    @Test
    void aDriverWithoutItsFunctions() throws Exception {
        gcc("empty.c", Libraries.DRIVER, List.of());
        Files.move(shared.resolve(Libraries.DRIVER), driver.resolve(Libraries.DRIVER));
        assertThat(probe(root)).isEqualTo("libcuda.so.1 cannot be used: it has no function cuDriverGetVersion");
    }

    @Test
    void allIsThere() throws Exception {
        driver("", 0);
        assertThat(probe(root)).isEqualTo("Pretended 9000 90");
    }
}
