package dev.cprfl.model.evaluation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An image that the network is most wrong about.
 *
 * @param row in the table
 * @param loss binary cross-entropy of the image, the mean over the classes
 * @param falseLabels classes that the image does not show, the most probable first
 * @param missedLabels classes that it shows, the least probable first
 */
public record HardImage(int row, double loss, List<Integer> falseLabels, List<Integer> missedLabels) {

    /**
     * The images of the highest loss, the worst first; of equal ones the earlier row.
     *
     * @param table of logits
     * @param most how many at most
     * @param threshold labels on its wrong side only are named
     */
    public static List<HardImage> of(ScoreTable table, int most, double threshold) {
        return IntStream.range(0, table.rows()).boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -loss(table, row)))
                .limit(most)
                .map(row -> new HardImage(row, loss(table, row), wrong(table, row, false, threshold),
                        wrong(table, row, true, threshold)))
                .toList();
    }

    /** The mean over the classes of log(1 + e^-z) where shown and log(1 + e^z) where not, in a form that does not overflow. */
    static double loss(ScoreTable table, int row) {
        double sum = 0;
        for (int label = 0; label < table.classes(); label++) {
            double z = table.target(row, label) ? -table.score(row, label) : table.score(row, label);
            sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
        }
        return sum / table.classes();
    }

    private static List<Integer> wrong(ScoreTable table, int row, boolean shown, double threshold) {
        return IntStream.range(0, table.classes()).boxed()
                .filter(label -> table.target(row, label) == shown
                        && table.probability(row, label) >= threshold != shown)
                .sorted(Comparator.comparingDouble(
                        label -> shown ? table.score(row, label) : -table.score(row, label)))
                .toList();
    }
}
