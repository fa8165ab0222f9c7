package dev.cprfl.model.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** From which probability on a class should count as predicted. To be chosen on images that nothing else is measured on. */
public final class Thresholds {

    private Thresholds() {}

    /**
     * The threshold with the highest F1 for each class, halfway between the lowest probability that it lets in and the highest
     * that it keeps out; of equally good ones the highest. Empty for a class without positives.
     *
     * @param table of logits
     */
    public static List<OptionalDouble> best(ScoreTable table) {
        List<OptionalDouble> thresholds = new ArrayList<>();
        for (int label = 0; label < table.classes(); label++) {
            thresholds.add(best(table, label));
        }
        return thresholds;
    }

    private static OptionalDouble best(ScoreTable table, int label) {
        int[] order = AveragePrecision.order(table, label);
        long positives = IntStream.of(order).filter(row -> table.target(row, label)).count();
        double best = 0;
        double threshold = 0;
        int correct = 0;
        for (int taken = 1; taken <= order.length; taken++) {
            int row = order[taken - 1];
            correct += table.target(row, label) ? 1 : 0;
            double lowest = table.probability(row, label);
            double next = taken < order.length ? table.probability(order[taken], label) : 0;
            double f1 = 2.0 * correct / (taken + positives);
            if (f1 > best && next < lowest) { // equal ones come in together
                best = f1;
                double middle = (lowest + next) / 2;
                threshold = middle > next ? middle : lowest;
            }
        }
        return best == 0 ? OptionalDouble.empty() : OptionalDouble.of(threshold);
    }

    /**
     * F1 = 2 correct / (predicted + true) of a class at a threshold; empty where the class has no positives.
     *
     * @param table of logits
     */
    public static OptionalDouble f1(ScoreTable table, int label, double threshold) {
        int predicted = 0;
        int positives = 0;
        int correct = 0;
        for (int row = 0; row < table.rows(); row++) {
            boolean yes = table.probability(row, label) >= threshold;
            boolean shown = table.target(row, label);
            predicted += yes ? 1 : 0;
            positives += shown ? 1 : 0;
            correct += yes && shown ? 1 : 0;
        }
        return positives == 0 ? OptionalDouble.empty() : OptionalDouble.of(2.0 * correct / (predicted + positives));
    }
}
