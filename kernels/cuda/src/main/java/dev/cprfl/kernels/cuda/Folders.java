package dev.cprfl.kernels.cuda;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.UnaryOperator;

/**
 * The folders in which NVIDIA's libraries may lie, in the order in which they are searched.
 *
 * @param root the file system's root; tests have a small one
 * @param environment environment variables by name; null where not set
 */
record Folders(Path root, UnaryOperator<String> environment) {

    private static final List<String> DRIVER = List.of("usr/local/nvidia/lib64", "usr/lib/x86_64-linux-gnu",
            "usr/lib64",
            "usr/lib/wsl/lib");
    private static final List<String> TOOLKITS = List.of("usr/local/cuda*/lib64",
            "usr/local/cuda*/targets/x86_64-linux/lib",
            "usr/lib/x86_64-linux-gnu");
    private static final List<String> PYTHONS = List.of("opt/*/.venv/lib/python3*", "opt/*/venv/lib/python3*",
            "usr/lib/python3*",
            "usr/local/lib/python3*");
    private static final List<String> WHEELS = List.of("site-packages/nvidia/*/lib", "dist-packages/nvidia/*/lib");

    static Folders ofThisMachine() {
        return new Folders(Path.of("/"), System::getenv);
    }

    /** Where the driver's library may be beside the loader's own folders. */
    List<Path> ofDriver() {
        SequencedSet<Path> found = libraryPath();
        DRIVER.forEach(pattern -> found.addAll(matching(root, pattern)));
        return List.copyOf(found);
    }

    /** Where CUDA's and cuDNN's libraries may be: LD_LIBRARY_PATH, toolkits, the system's folder, Python's packages. */
    List<Path> ofToolkit() {
        SequencedSet<Path> found = libraryPath();
        TOOLKITS.forEach(pattern -> found.addAll(matching(root, pattern)));
        SequencedSet<Path> pythons = new LinkedHashSet<>();
        for (Path prefix : pythonPrefixes()) {
            pythons.addAll(matching(prefix, "lib/python3*"));
        }
        PYTHONS.forEach(pattern -> pythons.addAll(matching(root, pattern)));
        String home = environment.apply("HOME");
        if (home != null) {
            pythons.addAll(matching(Path.of(home), ".local/lib/python3*"));
        }
        for (Path python : pythons) {
            WHEELS.forEach(pattern -> found.addAll(matching(python, pattern)));
        }
        return List.copyOf(found);
    }

    private SequencedSet<Path> libraryPath() {
        SequencedSet<Path> found = new LinkedHashSet<>();
        paths("LD_LIBRARY_PATH").stream().filter(Files::isDirectory).forEach(found::add);
        return found;
    }

    /** The folders above bin/python3: of the active environment and of the python3 that the shell would start. */
    private List<Path> pythonPrefixes() {
        List<Path> prefixes = new ArrayList<>(paths("VIRTUAL_ENV"));
        for (Path folder : paths("PATH")) {
            Path python = folder.resolve("python3");
            if (Files.isExecutable(python)) {
                prefixes.add(folder.resolveSibling(""));
                try {
                    prefixes.add(python.toRealPath().getParent().resolveSibling(""));
                } catch (IOException e) {
                    // It was removed just now: then it leads nowhere.
                }
                break;
            }
        }
        return prefixes;
    }

    private List<Path> paths(String variable) {
        String value = environment.apply(variable);
        return value == null
                ? List.of()
                : Arrays.stream(value.split(":", -1)).filter(each -> each.startsWith("/")).map(Path::of).toList();
    }

    /** The folders below {@code base} whose names match, the last by name first; those that cannot be read are not there. */
    static Collection<Path> matching(Path base, String pattern) {
        List<Path> found = List.of(base);
        for (String part : pattern.split("/", -1)) {
            List<Path> next = new ArrayList<>();
            for (Path folder : found) {
                try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, part)) {
                    List<Path> sorted = new ArrayList<>();
                    children.forEach(sorted::add);
                    sorted.sort((a, b) -> b.compareTo(a));
                    sorted.stream().filter(Files::isDirectory).forEach(next::add);
                } catch (IOException | DirectoryIteratorException e) {
                    // Not there, no folder, or not ours to read.
                }
            }
            found = next;
        }
        return found;
    }
}
