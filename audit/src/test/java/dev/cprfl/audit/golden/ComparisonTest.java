package dev.cprfl.audit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A whole network's numbers beside the truth: any one that is wrong is found. */
class ComparisonTest {

    private static final double FLOAT = Double.POSITIVE_INFINITY;

    private final GoldenCase golden = GoldenCase.named("tiny_eval");
    private final double[] truth = golden.truth("logits");
    private final double abs = golden.node().get("tolerances").get("logits").get("abs").asDouble();

    private Comparison compared(double share, double[] actual) {
        Comparison comparison = new Comparison(golden, share);
        comparison.check("logits", actual);
        return comparison;
    }

    private double[] changed(int index, double by) {
        double[] actual = truth.clone();
        actual[index] += by;
        return actual;
    }

    @Test
    void theTruthPassesAndEachWrongNumberFails() {
        assertThat(compared(FLOAT, truth).finding().passed()).isTrue();
        assertThat(compared(FLOAT, changed(0, abs / 4)).finding().passed()).isTrue();
        for (int i = 0; i < truth.length; i++) {
            assertThat(compared(FLOAT, changed(i, 2 * abs)).finding().failure()).contains("tiny_eval logits");
            assertThat(compared(FLOAT, changed(i, Double.NaN)).finding().passed()).isFalse();
            assertThat(compared(FLOAT, changed(i, Double.POSITIVE_INFINITY)).finding().passed()).isFalse();
        }
    }

    /** Many errors that are each allowed are too many together. */
    @Test
    void theLengthOfAllDifferencesCounts() {
        double[] actual = Arrays.stream(truth).map(x -> x + abs * 0.99).toArray();
        assertThat(compared(FLOAT, actual).finding().failure()).contains("length of the differences");
    }

    @Test
    void inDoubleLessIsAllowed() {
        double[] actual = changed(0, abs / 10);
        assertThat(compared(FLOAT, actual).finding().passed()).isTrue();
        assertThat(compared(1e-9, actual).finding().passed()).isFalse();
    }

    @Test
    void whatIsMissingOrOfAnotherSizeFails() {
        assertThat(compared(FLOAT, null).finding().failure()).contains("logits is missing");
        assertThat(compared(FLOAT, new double[0]).finding().failure()).contains("has 0 numbers, not " + truth.length);
        Comparison unknown = new Comparison(golden, FLOAT);
        unknown.check("logits", truth);
        unknown.check("nonsense", truth, truth);
        assertThat(unknown.finding().failure()).contains("nonsense has no tolerance");
        assertThat(new Comparison(golden, FLOAT).finding().failure()).contains("nothing was compared");
    }

    /** That a number moved by nothing where it should not move is right; that it moved at all is not. */
    @Test
    void aTruthOfZerosIsMetByZerosOnly() {
        Comparison comparison = new Comparison(golden, FLOAT);
        comparison.check("moved", new double[2], new double[2], FLOAT, 1e-3);
        assertThat(comparison.finding().passed()).isTrue();
        comparison.check("moved", new double[]{0, 1e-30}, new double[2], FLOAT, 1e-3);
        assertThat(comparison.finding().passed()).isFalse();
    }
}
