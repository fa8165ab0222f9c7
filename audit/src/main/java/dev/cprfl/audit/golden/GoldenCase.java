package dev.cprfl.audit.golden;

import dev.cprfl.audit.Finding;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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

    public String part() {
        return node.get("part").asString();
    }

    /** Null where the case has none of this name. */
    public JsonNode attribute(String key) {
        return node.get("attributes").get(key);
    }

    /** A JSON array of strings, empty where the case has none. */
    public List<String> strings(String key) {
        return node.get("attributes").path(key).valueStream().map(JsonNode::asString).toList();
    }

    /** The case that holds this case's inputs. */
    public GoldenCase inputs() {
        return named(attribute("inputs").asString());
    }

    public boolean has(String role) {
        return file.tensors().containsKey(name() + "/" + role);
    }

    /** A tensor as it lies in the file. */
    public HostTensor stored(String role) {
        return file.get(name() + "/" + role);
    }

    public double[] tensor(String role) {
        return stored(role).toDoubles();
    }

    /** PyTorch's result in double where it is stored, else the one in float. */
    public double[] truth(String role) {
        return tensor(has(role + ".f64") ? role + ".f64" : role);
    }

    /** All tensors whose role begins with a prefix such as {@code grad/}, without it. Doubles and indices are left out. */
    public Map<String, HostTensor> below(String prefix) {
        String start = name() + "/" + prefix;
        Map<String, HostTensor> found = new LinkedHashMap<>();
        file.tensors().forEach((key, tensor) -> {
            if (key.startsWith(start) && !key.endsWith(".f64") && !key.endsWith(".index")) {
                found.put(key.substring(start.length()), tensor);
            }
        });
        return found;
    }

    public int[] shape(String role) {
        return stored(role).shape().toArray();
    }

    /** Product of the extents of a tensor. */
    public int length(String role) {
        return stored(role).length();
    }

    /** Role by role; there has to be a result for every role with a tolerance. In double they agree to twelve digits. */
    public Finding check(Map<String, double[]> results, boolean inDouble) {
        Set<String> wanted = new TreeSet<>(node.get("tolerances").propertyNames());
        if (!results.keySet().equals(wanted)) {
            return Finding.failed(name() + ": results " + results.keySet() + ", wanted " + wanted);
        }
        Comparison comparison = new Comparison(this, inDouble ? 1e-12 : Double.POSITIVE_INFINITY);
        results.forEach(comparison::check);
        return comparison.finding();
    }

    @Override
    public String toString() {
        return name();
    }
}
