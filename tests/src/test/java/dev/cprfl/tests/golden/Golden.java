package dev.cprfl.tests.golden;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One part of the stored PyTorch results: cases, tensors and tolerances. The truth is PyTorch's computation in double where it is
 * stored ({@code ROLE.f64}), else the one in float.
 */
final class Golden {

    private static final Path FOLDER = Path.of("src/test/resources/golden");

    private final List<JsonNode> cases;
    private final Safetensors tensors;

    private Golden(String part) {
        cases = new JsonMapper().readTree(FOLDER.resolve(part + ".json")).valueStream().toList();
        tensors = Safetensors.read(FOLDER.resolve(part + ".safetensors"));
    }

    static Golden part(String part) {
        return new Golden(part);
    }

    /** The backends that are judged, those that can run here; each test opens one. */
    static Stream<String> backends() {
        return Backends.exactHere().stream();
    }

    /** Those that can compute networks of full size, and the reference where {@code small}. */
    static Stream<String> backends(boolean small) {
        return backends().filter(name -> small || !name.equals("reference"));
    }

    /** Every name beside every backend. */
    static Stream<Arguments> onBackends(boolean small, String... names) {
        return Stream.of(names).flatMap(name -> backends(small).map(backend -> Arguments.of(name, backend)));
    }

    static Backend open(String backend) {
        return Backends.open(backend, 0);
    }

    List<JsonNode> withOp(String op) {
        return cases.stream().filter(golden -> golden.get("op").asString().equals(op)).toList();
    }

    JsonNode named(String name) {
        return cases.stream().filter(golden -> golden.get("name").asString().equals(name)).findFirst().orElseThrow();
    }

    boolean has(JsonNode golden, String role) {
        return tensors.tensors().containsKey(golden.get("name").asString() + "/" + role);
    }

    HostTensor tensor(JsonNode golden, String role) {
        return tensors.get(golden.get("name").asString() + "/" + role);
    }

    double[] truth(JsonNode golden, String role) {
        return tensor(golden, has(golden, role + ".f64") ? role + ".f64" : role).toDoubles();
    }

    /** All tensors whose role begins with a prefix, without it: {@code param/}, {@code grad/}. The doubles are left out. */
    Map<String, HostTensor> below(JsonNode golden, String prefix) {
        String start = golden.get("name").asString() + "/" + prefix;
        Map<String, HostTensor> found = new LinkedHashMap<>();
        tensors.tensors().forEach((key, tensor) -> {
            if (key.startsWith(start) && !key.endsWith(".f64") && !key.endsWith(".index")) {
                found.put(key.substring(start.length()), tensor);
            }
        });
        return found;
    }

    /** A JSON array of strings. */
    static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    /** PyTorch's images [B, 3, H, W] as ours, [B, H, W, 3]. */
    static Tensor nhwc(Backend backend, HostTensor images) {
        Shape shape = images.shape();
        Tensor nchw = images.toTensor(backend);
        Tensor nhwc = Tensor.allocate(backend,
                Shape.of(shape.extent(0), shape.extent(2), shape.extent(3), shape.extent(1)));
        backend.transpose(shape.extent(0), shape.extent(1), shape.length(2, 4), nchw.storage(), nhwc.storage());
        nchw.release();
        return nhwc;
    }

    /** Our feature maps [B, h, w, C] in PyTorch's order, [B, C, h, w]. */
    static double[] nchw(Tensor map) {
        Shape shape = map.shape();
        Tensor turned = Tensor.allocate(map.backend(), shape);
        map.backend().transpose(shape.extent(0), shape.length(1, 3), shape.extent(3), map.storage(), turned.storage());
        double[] values = turned.toDoubles();
        turned.release();
        return values;
    }

    /** The differences found in one case, all of them, so that a failure shows its extent. */
    final class Comparison {

        private final JsonNode golden;
        private final boolean exact;
        private final List<String> failures = new ArrayList<>();
        private int compared;

        /**
         * @param exact whether the numbers were computed in double: then they must agree with the truth to 1e-9 where the truth
         *     is double too
         */
        Comparison(JsonNode golden, boolean exact) {
            this.golden = golden;
            this.exact = exact;
        }

        /** Compares under the role's own tolerance. */
        void check(String role, double[] actual) {
            check(role, actual, truth(golden, role));
        }

        /** Compares with a part of the role's truth, under the role's own tolerance. */
        void check(String role, double[] actual, double[] truth) {
            JsonNode tolerance = golden.path("tolerances").get(role);
            if (tolerance == null) {
                failures.add(role + ": the case gives no tolerance");
                return;
            }
            double abs = tolerance.get("abs").asDouble();
            double relL2 = tolerance.path("rel_l2").asDouble(Double.POSITIVE_INFINITY);
            if (exact && has(golden, role + ".f64")) {
                abs = Math.min(abs, 1e-9 * Math.max(1, tolerance.path("max_abs").asDouble(1)));
            }
            check(role, actual, truth, abs, relL2);
        }

        /** Compares under given tolerances. */
        void check(String role, double[] actual, double[] truth, double abs, double relL2) {
            compared++;
            if (actual.length != truth.length) {
                failures.add(role + ": " + actual.length + " numbers, not " + truth.length);
                return;
            }
            double largest = 0;
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < truth.length; i++) {
                double d = Math.abs(actual[i] - truth[i]);
                largest = d <= largest ? largest : d; // NaN stays
                difference += d * d;
                norm += truth[i] * truth[i];
            }
            double relative = norm == 0 ? 0 : Math.sqrt(difference / norm);
            if (!(largest <= abs && (relL2 == Double.POSITIVE_INFINITY || relative <= relL2))) {
                failures.add(
                        String.format(Locale.ROOT, "%s: largest error %.3g of %.3g, relative L2 %.3g of %.3g", role,
                                largest, abs, relative, relL2));
            }
        }

        void fail(String message) {
            failures.add(message);
        }

        /** @throws AssertionError listing every role out of tolerance, or if nothing was compared */
        void verify() {
            String name = golden.get("name").asString();
            if (compared == 0) {
                throw new AssertionError(name + ": nothing was compared");
            }
            if (!failures.isEmpty()) {
                throw new AssertionError(
                        name + ", " + failures.size() + " failures in " + compared + " comparisons:\n  "
                                + String.join("\n  ", failures));
            }
        }
    }
}
