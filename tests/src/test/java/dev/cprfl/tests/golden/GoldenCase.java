package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.io.Safetensors;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One stored PyTorch result: its attributes, tensors and tolerances. */
record GoldenCase(JsonNode node, Safetensors file) {

    private static final JsonNode INDEX = new JsonMapper().readTree(path("index.json").toFile());
    private static final Map<String, Safetensors> FILES = new TreeMap<>();

    /** All cases of a part such as {@code ops}, except those that only hold inputs of others. */
    static List<GoldenCase> ofPart(String part) {
        return INDEX.get("cases").valueStream()
                .filter(node -> node.get("part").asString().equals(part) && node.has("tolerances"))
                .map(GoldenCase::of)
                .toList();
    }

    private static GoldenCase of(JsonNode node) {
        return new GoldenCase(node, FILES.computeIfAbsent(node.get("file").asString(), f -> Safetensors.read(path(f))));
    }

    private static Path path(String name) {
        URL url = GoldenCase.class.getResource("/golden/" + name);
        assertThat(url).as("test resource golden/%s", name).isNotNull();
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    String name() {
        return node.get("name").asString();
    }

    String op() {
        return node.get("op").asString();
    }

    JsonNode attribute(String key) {
        return node.get("attributes").get(key);
    }

    /** The case that holds this case's inputs. */
    GoldenCase inputs() {
        String wanted = attribute("inputs").asString();
        return INDEX.get("cases").valueStream()
                .filter(n -> n.get("name").asString().equals(wanted))
                .map(GoldenCase::of)
                .findFirst()
                .orElseThrow();
    }

    boolean has(String role) {
        return file.tensors().containsKey(name() + "/" + role);
    }

    double[] tensor(String role) {
        return file.get(name() + "/" + role).toDoubles();
    }

    int[] shape(String role) {
        return file.get(name() + "/" + role).shape().toArray();
    }

    /** Product of the extents of a tensor. */
    int length(String role) {
        return file.get(name() + "/" + role).length();
    }

    /**
     * Requires that there is a result for every role with a tolerance, and that each is within it.
     *
     * @param inDouble the results were computed in double, so they must agree with PyTorch's double to twelve digits as well
     */
    void check(Map<String, double[]> results, boolean inDouble) {
        assertThat(results.keySet()).as(name()).isEqualTo(Set.copyOf(node.get("tolerances").propertyNames()));
        results.forEach((role, got) -> check(role, got, inDouble));
    }

    private void check(String role, double[] got, boolean inDouble) {
        double[] truth = tensor(role + ".f64");
        assertThat(got).as("%s %s", name(), role).hasSameSizeAs(truth);
        double[] error = new double[truth.length];
        Arrays.setAll(error, i -> got[i] == truth[i] ? 0 : got[i] - truth[i]);
        JsonNode tolerance = node.get("tolerances").get(role);
        double abs = inDouble ? 1e-12 * (1 + largest(truth)) : tolerance.get("abs").asDouble();
        assertThat(largest(error)).as("%s %s: largest error", name(), role).isLessThanOrEqualTo(abs);
        if (!tolerance.get("rel_l2").isNull()) {
            assertThat(norm(error)).as("%s %s: norm of the error", name(), role)
                    .isLessThanOrEqualTo(tolerance.get("rel_l2").asDouble() * norm(truth));
        }
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
