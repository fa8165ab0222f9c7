package dev.cprfl.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One line of JMH's JSON output.
 *
 * @param family class of the benchmark, such as "Gemms"
 * @param method who was measured, such as "ours" or "ejml"
 * @param seconds of one call, the mean
 * @param error half the width of the 99.9 % confidence interval, in seconds; NaN with too few measurements
 * @param peakMiB largest resident size of the process ({@link PeakMemory}); NaN where the system does not tell
 */
record Measurement(String family, String method, Work work, int threads, double seconds, double error, double peakMiB) {

    private static final Map<String, Class<? extends Enum<?>>> SHAPES = Map.of(
            "Roofline", Ceiling.class,
            "Gemms", Gemm.class,
            "Convolutions", Convolution.class,
            "Kernels", Kernel.class,
            "Networks", Network.class,
            "Softpluses", Softpluses.Way.class,
            "Steps", Step.class,
            "Photos", Photo.class);

    private static final Map<String, Double> UNITS = Map.of("s/op", 1.0, "ms/op", 1e-3, "us/op", 1e-6, "ns/op", 1e-9);

    /** Reads all lines. */
    static List<Measurement> read(Path file) throws IOException {
        List<Measurement> all = new ArrayList<>();
        for (JsonNode line : JsonMapper.shared().readTree(Files.readString(file))) {
            all.add(of(line));
        }
        return all;
    }

    private static Measurement of(JsonNode line) {
        String name = line.get("benchmark").asString(); // package, class and method
        int method = name.lastIndexOf('.');
        // Peers measure the same shapes in classes of their own.
        String family = name.substring(name.lastIndexOf('.', method - 1) + 1, method).replaceFirst("^Peer(Onnx)?", "");
        JsonNode metric = line.get("primaryMetric");
        double unit = UNITS.get(metric.get("scoreUnit").asString());
        int threads = line.path("params").path("threads").asInt(0);
        return new Measurement(family, name.substring(method + 1),
                work(family, line.path("params").path("shape").asString("")),
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
                unit * metric.get("score").asDouble(), unit * metric.get("scoreError").asDouble(Double.NaN),
                line.path("secondaryMetrics").path(PeakMemory.NAME).path("score").asDouble(Double.NaN));
    }

    /** Whether this is our time for the same work as the other's. */
    boolean isOursFor(Measurement other) {
        return family.equals(other.family) && work.equals(other.work) && threads == other.threads
                && (method.equals("ours") || (method.equals("forward") && other.method.equals("pytorchForward")));
    }

    private static Work work(String family, String shape) {
        for (Enum<?> constant : SHAPES.get(family).getEnumConstants()) {
            if (constant.name().equals(shape)) {
                return (Work) constant;
            }
        }
        throw new IllegalArgumentException("no shape " + shape + " in " + family + "; the file is of another version");
    }

    double gflops() {
        return work.flop() / seconds / 1e9;
    }

    double gigabytes() {
        return work.bytes() / seconds / 1e9;
    }
}
