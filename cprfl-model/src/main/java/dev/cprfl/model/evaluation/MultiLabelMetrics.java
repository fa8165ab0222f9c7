package dev.cprfl.model.evaluation;

import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.tensor.UserException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Everything reported about one evaluation. All numbers are in [0, 1], never NaN: what cannot be computed is empty.
 *
 * @param averagePrecision per class; empty for a class without positives, which no mean includes
 * @param map mean of {@code averagePrecision}; empty if no class has positives
 * @param mapByGroup the same per head, medium and tail; a group without positives is empty, and all are absent when training
 *     counts are unknown
 * @param overall labels that reach the threshold
 * @param top3 the same among each row's three highest scores
 */
public record MultiLabelMetrics(List<OptionalDouble> averagePrecision, OptionalDouble map,
        Map<ClassGroup, OptionalDouble> mapByGroup, PrecisionRecall overall, PrecisionRecall top3) {

    /** Metrics without head, medium and tail. */
    public static MultiLabelMetrics of(ScoreTable table, Prediction prediction) {
        return of(table, prediction, Map.of(), averagePrecisions(table));
    }

    /**
     * Metrics with head, medium and tail.
     *
     * @param trainCounts number of training images per class, [c]
     * @throws UserException if there are not as many counts as classes
     */
    public static MultiLabelMetrics of(ScoreTable table, Prediction prediction, int[] trainCounts) {
        if (trainCounts.length != table.classes()) {
            throw new UserException(
                    trainCounts.length + " training counts do not fit scores of " + table.classes() + " classes");
        }
        List<OptionalDouble> perClass = averagePrecisions(table);
        Map<ClassGroup, OptionalDouble> byGroup = new TreeMap<>();
        for (ClassGroup group : ClassGroup.values()) {
            byGroup.put(group, mean(perClass, label -> ClassGroup.of(trainCounts[label]) == group));
        }
        return of(table, prediction, byGroup, perClass);
    }

    private static MultiLabelMetrics of(ScoreTable table, Prediction prediction,
            Map<ClassGroup, OptionalDouble> byGroup,
            List<OptionalDouble> perClass) {
        return new MultiLabelMetrics(perClass, mean(perClass, _ -> true), byGroup,
                PrecisionRecall.of(table, prediction),
                PrecisionRecall.topK(table, prediction, 3));
    }

    private static List<OptionalDouble> averagePrecisions(ScoreTable table) {
        if (table.rows() == 0) {
            throw new UserException("there are no scores to evaluate");
        }
        return IntStream.range(0, table.classes()).mapToObj(label -> AveragePrecision.of(table, label)).toList();
    }

    private static OptionalDouble mean(List<OptionalDouble> perClass, IntPredicate included) {
        return IntStream.range(0, perClass.size())
                .filter(label -> included.test(label) && perClass.get(label).isPresent())
                .mapToDouble(label -> perClass.get(label).getAsDouble())
                .average();
    }

    /** Ids of the classes that have no positives and so no average precision. */
    public List<Integer> classesWithoutPositives() {
        return IntStream.range(0, averagePrecision.size()).filter(label -> averagePrecision.get(label).isEmpty())
                .boxed()
                .toList();
    }
}
