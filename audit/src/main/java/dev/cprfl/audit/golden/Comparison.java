package dev.cprfl.audit.golden;

import dev.cprfl.audit.Finding;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The results of one case beside its truth, role by role. */
public final class Comparison {

    private final GoldenCase golden;
    private final double share;
    private final Map<String, Finding> found = new LinkedHashMap<>();

    /**
     * @param share of results that were computed in double: how far they may be from a truth in double, as a share of its
     *     largest number, or of 1 where that is less; infinite for results in float, which have the stored tolerance alone
     */
    public Comparison(GoldenCase golden, double share) {
        this.golden = golden;
        this.share = share;
    }

    /** Compares under the role's own tolerance. A result that is null is missing. */
    public void check(String role, double[] actual) {
        if (actual == null) {
            fail(role, "is missing");
        } else {
            check(role, actual, golden.truth(role));
        }
    }

    /** Compares with a part of the role's truth, under the role's own tolerance. */
    public void check(String role, double[] actual, double[] truth) {
        JsonNode tolerance = golden.node().get("tolerances").get(role);
        if (tolerance == null) {
            fail(role, "has no tolerance");
            return;
        }
        double abs = tolerance.get("abs").asDouble();
        if (golden.has(role + ".f64")) {
            abs = Math.min(abs, share * Math.max(1, tolerance.path("max_abs").asDouble(1)));
        }
        check(role, actual, truth, abs, tolerance.path("rel_l2").asDouble(Double.POSITIVE_INFINITY));
    }

    /**
     * Compares under given tolerances, of which one may be infinite.
     *
     * @param abs how large the largest difference may be
     * @param relL2 how long the vector of differences may be, as a share of the truth's length
     */
    public void check(String role, double[] actual, double[] truth, double abs, double relL2) {
        if (actual.length != truth.length) {
            fail(role, "has " + actual.length + " numbers, not " + truth.length);
            return;
        }
        double largest = 0;
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < truth.length; i++) {
            double d = actual[i] == truth[i] ? 0 : Math.abs(actual[i] - truth[i]); // infinities may be equal
            largest = d <= largest ? largest : d; // NaN stays
            difference += d * d;
            norm += truth[i] * truth[i];
        }
        String place = golden.name() + " " + role;
        if (abs != Double.POSITIVE_INFINITY) {
            add(role, Finding.of(largest, abs, place + ", largest difference"));
        }
        if (relL2 != Double.POSITIVE_INFINITY) {
            double relative = difference == 0 ? 0 : Math.sqrt(difference / norm);
            add(role, Finding.of(relative, relL2, place + ", length of the differences"));
        }
    }

    /** Something about a role is wrong that no number tells. */
    public void fail(String role, String what) {
        add(role, Finding.failed(golden.name() + " " + role + " " + what));
    }

    private void add(String role, Finding finding) {
        found.merge(role, finding, Finding::worse);
    }

    /** What was found, by role. */
    Map<String, Finding> found() {
        return found;
    }

    /** The worst of all; to have compared nothing is a failure. */
    public Finding finding() {
        return found.values().stream().reduce(Finding::worse)
                .orElseGet(() -> Finding.failed(golden.name() + ": nothing was compared"));
    }
}
