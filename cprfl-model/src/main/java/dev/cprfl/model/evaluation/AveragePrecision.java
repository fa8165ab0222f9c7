package dev.cprfl.model.evaluation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;

/**
 * Average precision of one class without interpolation: rows are sorted by score, and precision is averaged over the ranks
 * of the positives. Rows of equal score keep their order, as in the authors' code under PyTorch 1.12.
 */
public final class AveragePrecision {

    private AveragePrecision() {}

    /** The average precision of a class in [0, 1]; empty if no row shows the class. */
    public static OptionalDouble of(ScoreTable table, int label) {
        int[] order = order(table, label);
        double sum = 0;
        int positives = 0;
        for (int rank = 1; rank <= order.length; rank++) {
            if (table.target(order[rank - 1], label)) {
                positives++;
                sum += (double) positives / rank;
            }
        }
        return positives == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / positives);
    }

    /** The rows by falling score of a class. */
    static int[] order(ScoreTable table, int label) {
        Integer[] order = new Integer[table.rows()];
        Arrays.setAll(order, row -> row);
        // The sort is stable. Adding zero makes -0.0 equal to 0.0, as in PyTorch.
        Arrays.sort(order, Comparator.comparingDouble((Integer row) -> -table.score(row, label) + 0.0));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }
}
