package dev.cprfl.model.evaluation;

import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.tensor.Rng;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * How far average precisions would spread if other images of the same kind had been tested (Efron's percentile bootstrap): the
 * images are drawn again with replacement many times, and the middle part of the results is the interval. Draws in which a class
 * has no positive do not count for it.
 *
 * @param averagePrecision by class; null for a class without positives
 * @param map of the mean over the classes that have positives; null if none has
 * @param mapByGroup the same per head, medium and tail; a group without positives is absent
 */
public record Bootstrap(List<Interval> averagePrecision, Interval map, Map<ClassGroup, Interval> mapByGroup) {

    /** Where the middle part of the draws lies, both ends in [0, 1]. */
    public record Interval(double low, double high) {}

    /** The part of the draws that an interval holds. */
    public static final double LEVEL = 0.95;

    /**
     * @param trainCounts training images per class, which decide between head, medium and tail: [c]
     * @param draws how often the images are drawn again
     * @param progress hears how many draws are done
     */
    public static Bootstrap of(ScoreTable table, int[] trainCounts, int draws, long seed, IntConsumer progress) {
        int classes = table.classes();
        int[][] orders = new int[classes][];
        Arrays.setAll(orders, label -> AveragePrecision.order(table, label));
        double[][] found = new double[classes][draws];
        double[] total = new double[draws];
        Map<ClassGroup, double[]> means = new EnumMap<>(ClassGroup.class);
        for (ClassGroup group : ClassGroup.values()) {
            means.put(group, new double[draws]);
        }
        int[] copies = new int[table.rows()];
        for (int draw = 0; draw < draws; draw++) {
            Rng rng = Rng.of(seed, draw);
            Arrays.fill(copies, 0);
            for (int i = 0; i < table.rows(); i++) {
                copies[rng.nextInt(table.rows())]++;
            }
            for (int label = 0; label < classes; label++) {
                found[label][draw] = averagePrecision(table, label, orders[label], copies);
            }
            total[draw] = mean(found, draw, _ -> true);
            for (ClassGroup group : ClassGroup.values()) {
                means.get(group)[draw] = mean(found, draw, label -> ClassGroup.of(trainCounts[label]) == group);
            }
            progress.accept(draw + 1);
        }
        Map<ClassGroup, Interval> groups = new EnumMap<>(ClassGroup.class);
        means.forEach((group, mean) -> groups.put(group, interval(mean)));
        groups.values().removeIf(Objects::isNull);
        return new Bootstrap(Arrays.stream(found).map(Bootstrap::interval).toList(), interval(total), groups);
    }

    /**
     * The average precision where each row stands in the table as often as {@code copies} says; NaN without positives.
     *
     * @param order the rows by falling score
     */
    static double averagePrecision(ScoreTable table, int label, int[] order, int[] copies) {
        double sum = 0;
        int positives = 0;
        int rank = 0;
        for (int row : order) {
            boolean positive = table.target(row, label);
            for (int copy = 0; copy < copies[row]; copy++) {
                rank++;
                if (positive) {
                    positives++;
                    sum += (double) positives / rank;
                }
            }
        }
        return positives == 0 ? Double.NaN : sum / positives;
    }

    private static double mean(double[][] found, int draw, IntPredicate included) {
        return IntStream.range(0, found.length).filter(included).mapToDouble(label -> found[label][draw])
                .filter(ap -> !Double.isNaN(ap)).average()
                .orElse(Double.NaN);
    }

    private static Interval interval(double[] draws) {
        double[] sorted = Arrays.stream(draws).filter(ap -> !Double.isNaN(ap)).sorted().toArray();
        return sorted.length == 0
                ? null
                : new Interval(quantile(sorted, (1 - LEVEL) / 2), quantile(sorted, (1 + LEVEL) / 2));
    }

    /** Linear between the two nearest of sorted numbers. */
    static double quantile(double[] sorted, double part) {
        double place = part * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
