package dev.cprfl.model.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Whether probabilities mean what they say: of all decisions made with a probability near p, the part p should be right. The
 * decisions, one for each image and class, are sorted into bins of equal width by probability, and
 *
 * <pre>ECE = sum over bins of n_b / n |mean probability_b - frequency_b|</pre>
 *
 * is the expected calibration error (Naeini et al., AAAI 2015), here of each label by itself.
 *
 * @param error in [0, 1]; NaN never: 0 where there are no decisions
 * @param bins from probability 0 to 1, empty ones too
 */
public record Calibration(double error, List<Bin> bins) {

    /**
     * The decisions of one bin.
     *
     * @param probability mean over the decisions; 0 where there are none
     * @param frequency of images among them that show the class; 0 where there are none
     */
    public record Bin(long decisions, double probability, double frequency) {}

    /**
     * @param table of logits
     * @param included the classes to look at
     * @param count number of bins; a probability on a border belongs to the upper one
     */
    public static Calibration of(ScoreTable table, IntPredicate included, int count) {
        long[] decisions = new long[count];
        double[] probabilities = new double[count];
        long[] shown = new long[count];
        long all = 0;
        for (int row = 0; row < table.rows(); row++) {
            for (int label = 0; label < table.classes(); label++) {
                if (included.test(label)) {
                    double probability = table.probability(row, label);
                    int bin = Math.min((int) (probability * count), count - 1);
                    decisions[bin]++;
                    probabilities[bin] += probability;
                    shown[bin] += table.target(row, label) ? 1 : 0;
                    all++;
                }
            }
        }
        List<Bin> bins = new ArrayList<>();
        double error = 0;
        for (int b = 0; b < count; b++) {
            long n = Math.max(decisions[b], 1);
            bins.add(new Bin(decisions[b], probabilities[b] / n, (double) shown[b] / n));
            error += Math.abs(probabilities[b] - shown[b]) / Math.max(all, 1);
        }
        return new Calibration(error, bins);
    }
}
