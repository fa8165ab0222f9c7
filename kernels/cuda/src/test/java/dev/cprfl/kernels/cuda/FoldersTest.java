package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of the search, in a small file system of folders. */
class FoldersTest {

    @TempDir
    private Path root;

    private final Map<String, String> environment = new HashMap<>();

    private Path folder(String path) throws IOException {
        return Files.createDirectories(root.resolve(path));
    }

    private Path python3(String path) throws IOException {
        folder(path);
        Path python = Files.createFile(root.resolve(path).resolve("python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        return python;
    }

    private List<Path> toolkit() {
        return new Folders(root, environment::get).ofToolkit();
    }

    @Test
    void nothingIsFoundWhereNothingIs() {
        assertThat(toolkit()).isEmpty();
        assertThat(new Folders(root, environment::get).ofDriver()).isEmpty();
        assertThat(new Folders(root.resolve("nowhere"), environment::get).ofToolkit()).isEmpty();
    }

    @Test
    void libraryPathThenToolkitsThenSystemThenWheels() throws IOException {
        Path wheels = folder("opt/torch/.venv/lib/python3.12/site-packages/nvidia/cudnn/lib");
        Path newer = folder("opt/torch/.venv/lib/python3.12/site-packages/nvidia/cu13/lib");
        folder("opt/torch/.venv/lib/python3.12/site-packages/nvidia/cudnn/include");
        Path other = folder("opt/other/venv/lib/python3.11/site-packages/nvidia/cublas/lib");
        Path system = folder("usr/lib/x86_64-linux-gnu");
        Path targets = folder("usr/local/cuda-13.0/targets/x86_64-linux/lib");
        Path toolkit = folder("usr/local/cuda-13.0/lib64");
        Path older = folder("usr/local/cuda-12.4/lib64");
        Path debian = folder("usr/lib/python3/dist-packages/nvidia/cu13/lib");
        Path local = folder("usr/local/lib/python3.12/dist-packages/nvidia/cu13/lib");
        Path home = folder("home/me/.local/lib/python3.12/site-packages/nvidia/cu13/lib");
        Path named = folder("named");
        environment.put("HOME", root.resolve("home/me").toString());
        environment.put("LD_LIBRARY_PATH", named + "::" + root.resolve("not there") + ":relative");
        assertThat(toolkit()).containsExactly(named, toolkit, older, targets, system, wheels, newer, other, debian,
                local, home);
    }

    @Test
    void theActiveEnvironmentComesBeforeThePythonOnThePathAndThatBeforeOthers() throws IOException {
        Path other = folder("opt/a/.venv/lib/python3.12/site-packages/nvidia/cu13/lib");
        Path active = folder("active/lib/python3.13/site-packages/nvidia/cu13/lib");
        python3("base/bin");
        Path base = folder("base/lib/python3.12/site-packages/nvidia/cu13/lib");
        folder("environment/bin");
        Files.createSymbolicLink(root.resolve("environment/bin/python3"), root.resolve("base/bin/python3"));
        Path environmentOnPath = folder("environment/lib/python3.12/site-packages/nvidia/cu13/lib");
        python3("later/bin");
        folder("later/lib/python3.12/site-packages/nvidia/cu13/lib");
        environment.put("VIRTUAL_ENV", root.resolve("active").toString());
        environment.put("PATH",
                root.resolve("empty") + ":" + root.resolve("environment/bin") + ":" + root.resolve("later/bin"));
        assertThat(toolkit()).containsExactly(active, environmentOnPath, base, other);
    }

    @Test
    void aLinkThatLeadsNowhereIsNoPython() throws IOException {
        folder("bin");
        Files.createSymbolicLink(root.resolve("bin/python3"), root.resolve("gone"));
        environment.put("PATH", root.resolve("bin").toString());
        assertThat(toolkit()).isEmpty();
    }

    @Test
    void theDriverLiesWhereContainersPutIt() throws IOException {
        Path wsl = folder("usr/lib/wsl/lib");
        Path container = folder("usr/local/nvidia/lib64");
        assertThat(new Folders(root, environment::get).ofDriver()).containsExactly(container, wsl);
    }

    @Test
    void folderListsAreShortened() {
        List<Path> paths = List.of(Path.of("/a"), Path.of("/b"), Path.of("/c"), Path.of("/d"), Path.of("/e"));
        assertThat(Libraries.describe(List.of())).isEqualTo("the loader's folders");
        assertThat(Libraries.describe(paths.subList(0, 1))).isEqualTo("the loader's folders and /a");
        assertThat(Libraries.describe(paths.subList(0, 3))).isEqualTo("the loader's folders, /a, /b and /c");
        assertThat(Libraries.describe(paths)).isEqualTo("the loader's folders, /a, /b, /c and 2 more");
    }
}
