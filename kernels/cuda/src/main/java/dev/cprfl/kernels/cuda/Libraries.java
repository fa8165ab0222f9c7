package dev.cprfl.kernels.cuda;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds NVIDIA's libraries and loads them before JavaCPP asks for them by name: the system loader then takes what is loaded
 * under that name, wherever it came from. A name is first left to the loader (LD_LIBRARY_PATH and its own folders), then looked
 * for in {@link Folders}.
 */
final class Libraries {

    /** Comes with the driver. */
    static final String DRIVER = "libcuda.so.1";

    /** A library, and what a user installs to have it. */
    record Needed(String name, String wheel) {}

    /** Each after those that it needs. */
    static final List<Needed> NEEDED = List.of(
            new Needed("libcudart.so.13", "nvidia-cuda-runtime"),
            new Needed("libcublasLt.so.13", "nvidia-cublas"),
            new Needed("libcublas.so.13", "nvidia-cublas"),
            new Needed("libnvrtc.so.13", "nvidia-cuda-nvrtc"),
            new Needed("libcudnn_graph.so.9", "nvidia-cudnn-cu13"),
            new Needed("libcudnn_ops.so.9", "nvidia-cudnn-cu13"),
            new Needed("libcudnn_cnn.so.9", "nvidia-cudnn-cu13"),
            new Needed("libcudnn_adv.so.9", "nvidia-cudnn-cu13"),
            new Needed("libcudnn.so.9", "nvidia-cudnn-cu13"));

    /** What a library loads itself, by names that differ between versions. */
    private static final Map<String, String> PARTS = Map.of("libnvrtc.so.13", "libnvrtc-builtins.so.13.*",
            "libcudnn.so.9",
            "libcudnn_*.so.9");

    private static final int SHOWN_FOLDERS = 3;

    private final Folders folders;

    Libraries(Folders folders) {
        this.folders = folders;
    }

    /** Loads the driver's library; returns null, or why it cannot be had. */
    String loadDriver() {
        return load(DRIVER, folders.ofDriver(), "install NVIDIA's driver, or name its folder in LD_LIBRARY_PATH");
    }

    /** Loads the toolkit's libraries; returns null, or which one cannot be had and why. */
    String loadToolkit() {
        List<Path> searched = folders.ofToolkit();
        for (Needed needed : NEEDED) {
            String obstacle = load(needed.name, searched, "install it (pip: " + needed.wheel
                    + "), or name its folder in LD_LIBRARY_PATH");
            if (obstacle != null) {
                return obstacle;
            }
        }
        return null;
    }

    private static String load(String name, List<Path> searched, String remedy) {
        if (Native.load(name) == null) {
            return null;
        }
        String obstacle = null;
        for (Path folder : searched) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                String reason = Native.load(file.toString());
                if (reason == null) {
                    loadParts(folder, name);
                    return null;
                }
                obstacle = obstacle == null ? name + " cannot be loaded: " + reason : obstacle;
            }
        }
        return obstacle == null ? name + " was not found in " + describe(searched) + "; " + remedy : obstacle;
    }

    /** "the loader's folders, /a, /b, /c and 4 more". */
    static String describe(List<Path> searched) {
        StringBuilder text = new StringBuilder("the loader's folders");
        int shown = Math.min(SHOWN_FOLDERS, searched.size());
        int more = searched.size() - shown;
        for (int i = 0; i < shown; i++) {
            text.append(i == shown - 1 && more == 0 ? " and " : ", ").append(searched.get(i));
        }
        return more == 0 ? text.toString() : text + " and " + more + " more";
    }

    /**
     * Loads what a library loads itself when it needs it, from the library's own folder: another folder's would be of another
     * version. Tries again as long as one more can be loaded, because these need each other in an order that no name tells.
     */
    private static void loadParts(Path folder, String name) {
        String pattern = PARTS.get(name);
        if (pattern == null) {
            return;
        }
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
            files.forEach(left::add);
        } catch (IOException | DirectoryIteratorException e) {
            // What cannot be read is not loaded; the library that wants it will say so.
        }
        while (left.removeIf(file -> Native.load(file.toString()) == null)) {
            // one more round
        }
    }
}
