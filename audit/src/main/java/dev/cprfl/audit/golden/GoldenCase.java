package dev.cprfl.audit.golden;

import dev.cprfl.audit.Finding;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One stored PyTorch result: its attributes, tensors and tolerances. */
public record GoldenCase(JsonNode node, Safetensors file) {

    private static final JsonNode INDEX = new JsonMapper().readTree(resource("index.json"));
    private static final Map<String, Safetensors> FILES = new TreeMap<>();

    /** All cases of a part such as {@code ops}, except those that only hold inputs of others. */
    public static List<GoldenCase> ofPart(String part) {
        return INDEX.get("cases").valueStream()
                .filter(node -> node.get("part").asString().equals(part) && node.has("tolerances"))
                .map(GoldenCase::of)
                .toList();
    }

    /** @throws IllegalArgumentException if there is no such case */
    public static GoldenCase named(String name) {
        return INDEX.get("cases").valueStream()
                .filter(node -> node.get("name").asString().equals(name))
                .map(GoldenCase::of)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no golden case " + name));
    }

    private static GoldenCase of(JsonNode node) {
        String name = node.get("file").asString();
        synchronized (FILES) {
            return new GoldenCase(node,
                    FILES.computeIfAbsent(name, file -> Safetensors.parse(Path.of(file), resource(file))));
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = GoldenCase.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    public String name() {
        return node.get("name").asString();
    }

    public String op() {
        return node.get("op").asString();
    }

    public JsonNode attribute(String key) {
        return node.get("attributes").get(key);
    }

    /** The case that holds this case's inputs. */
    public GoldenCase inputs() {
        return named(attribute("inputs").asString());
    }

    public boolean has(String role) {
        return file.tensors().containsKey(name() + "/" + role);
    }

    public double[] tensor(String role) {
        return file.get(name() + "/" + role).toDoubles();
    }

    public int[] shape(String role) {
        return file.get(name() + "/" + role).shape().toArray();
    }

    /** Product of the extents of a tensor. */
    public int length(String role) {
        return file.get(name() + "/" + role).length();
    }

    /**
     * Compares results with the truth; there has to be one for every role with a tolerance.
     *
     * @param inDouble the results were computed in double, so they must agree with PyTorch's double to twelve digits as well
     */
    public Finding check(Map<String, double[]> results, boolean inDouble) {
        Set<String> wanted = new TreeSet<>(node.get("tolerances").propertyNames());
        if (!results.keySet().equals(wanted)) {
            return Finding.failed(name() + ": results " + results.keySet() + ", wanted " + wanted);
        }
        Finding worst = Finding.NONE;
        for (Map.Entry<String, double[]> result : results.entrySet()) {
            worst = worst.worse(check(result.getKey(), result.getValue(), inDouble));
        }
        return worst;
    }

    private Finding check(String role, double[] got, boolean inDouble) {
        double[] truth = tensor(role + ".f64");
        String place = name() + " " + role;
        if (got.length != truth.length) {
            return Finding.failed(place + ": " + got.length + " numbers, not " + truth.length);
        }
        double[] error = new double[truth.length];
        Arrays.setAll(error, i -> got[i] == truth[i] ? 0 : got[i] - truth[i]);
        JsonNode tolerance = node.get("tolerances").get(role);
        double abs = inDouble ? 1e-12 * (1 + largest(truth)) : tolerance.get("abs").asDouble();
        Finding found = Finding.of(largest(error), abs, place + ", largest error");
        if (!tolerance.get("rel_l2").isNull()) {
            found = found.worse(Finding.of(norm(error), tolerance.get("rel_l2").asDouble() * norm(truth),
                    place + ", norm of the error"));
        }
        return found;
    }

    private static double largest(double[] x) {
        return Arrays.stream(x).map(Math::abs).reduce(0, Math::max);
    }

    private static double norm(double[] x) {
        return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
    }

    @Override
    public String toString() {
        return name();
    }
}
