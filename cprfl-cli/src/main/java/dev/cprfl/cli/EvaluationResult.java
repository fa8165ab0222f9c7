package dev.cprfl.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.PrecisionRecall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * An evaluation as it is printed: fractions in JSON, percent in text. What cannot be computed is null, "-" in text.
 *
 * @param meanAveragePrecision keys total and, where training counts are known, head, medium and tail
 * @param threshold labels count as predicted from this probability on
 * @param overall OP to CF1 of all labels that reach the threshold
 * @param top3 the same among the three highest scores of each image
 */
record EvaluationResult(int images, @JsonProperty("mAP") Map<String, Double> meanAveragePrecision, double threshold,
        Map<String, Double> overall, Map<String, Double> top3, List<ClassResult> classes) {

    /**
     * One class.
     *
     * @param name null where the classes have no names
     * @param group head, medium or tail; null where training counts are unknown
     * @param averagePrecision null for a class that no image shows
     */
    record ClassResult(int id, String name, String group, Integer trainCount,
            @JsonProperty("AP") Double averagePrecision) {}

    /**
     * @param names of the classes, or null
     * @param trainCounts training images per class, or null
     */
    static EvaluationResult of(MultiLabelMetrics metrics, int images, double threshold, List<String> names,
            int[] trainCounts) {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("total", orNull(metrics.map()));
        metrics.mapByGroup().forEach((group, mean) -> means.put(nameOf(group), orNull(mean)));
        List<ClassResult> classes = IntStream.range(0, metrics.averagePrecision().size())
                .mapToObj(id -> new ClassResult(id, names == null ? null : names.get(id),
                        trainCounts == null ? null : nameOf(ClassGroup.of(trainCounts[id])),
                        trainCounts == null ? null : trainCounts[id], orNull(metrics.averagePrecision().get(id))))
                .toList();
        return new EvaluationResult(images, means, threshold, byName(metrics.overall()),
                byName(metrics.top3()), classes);
    }

    private static String nameOf(ClassGroup group) {
        return group.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Double> byName(PrecisionRecall p) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("OP", p.op());
        values.put("OR", p.or());
        values.put("OF1", p.of1());
        values.put("CP", p.cp());
        values.put("CR", p.cr());
        values.put("CF1", p.cf1());
        return values;
    }

    private static Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    /** Tables for a terminal. */
    String toText() {
        TextTable means = new TextTable("mAP %", ">");
        meanAveragePrecision.forEach((group, mean) -> means.row(group, percent(mean)));
        TextTable decisions = new TextTable("%", ">OP", ">OR", ">OF1", ">CP", ">CR", ">CF1");
        row(decisions, "probability >= " + threshold, overall);
        row(decisions, "and in the top 3", top3);
        TextTable perClass = new TextTable(">id", "class", "group", ">train images", ">AP %");
        for (ClassResult one : classes) {
            perClass.row(one.id, orDash(one.name), orDash(one.group), orDash(one.trainCount),
                    percent(one.averagePrecision));
        }
        long absent = classes.stream().filter(one -> one.averagePrecision == null).count();
        return images + " images, " + classes.size() + " classes\n\n" + means + "\n" + decisions + "\n" + perClass
                + (absent == 0
                        ? ""
                        : "\n" + absent + " classes are shown by no image: they have no AP and are in no mean");
    }

    private static void row(TextTable table, String title, Map<String, Double> values) {
        List<Object> cells = new ArrayList<>(List.of(title));
        values.values().forEach(value -> cells.add(percent(value)));
        table.row(cells.toArray());
    }

    private static String percent(Double fraction) {
        return fraction == null ? "-" : String.format(Locale.ROOT, "%.2f", 100 * fraction);
    }

    private static Object orDash(Object value) {
        return value == null ? "-" : value;
    }
}
