package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against the authors' meter where it gives numbers, against hand counts where it gives NaN or fails. */
class MultiLabelMetricsTest {

    private static final GoldenCases GOLDEN = GoldenCases.of("metrics");

    static final List<JsonNode> CASES = GOLDEN.withOp("metrics");

    @ParameterizedTest
    @FieldSource("CASES")
    void averagePrecisionIsTheAuthors(JsonNode golden) {
        ScoreTable table = table(golden);
        boolean official = golden.get("tensors").has("ap.f64");
        double[] expected = GOLDEN.tensor(golden, official ? "ap.f64" : "ap_sklearn");
        for (int label = 0; label < expected.length; label++) {
            var ap = AveragePrecision.of(table, label);
            if (!official && expected[label] == 0) { // sklearn's value for a class without positives
                assertThat(ap).isEmpty();
            } else {
                assertThat(ap.orElseThrow()).as("class %d", label).isCloseTo(expected[label], within(1e-12));
            }
        }
        JsonNode map = expected(golden).get("mAP");
        if (map != null) {
            var metrics = MultiLabelMetrics.of(table, new Prediction(0.5, true));
            assertThat(100 * metrics.map().orElseThrow()).isCloseTo(map.asDouble(), within(5e-5));
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void precisionAndRecallAreTheAuthors(JsonNode golden) {
        ScoreTable table = table(golden);
        for (double threshold : new double[]{0.8, 0.5}) {
            Prediction prediction = new Prediction(threshold, true);
            var metrics = MultiLabelMetrics.of(table, prediction);
            compare(expected(golden).get("overall@" + threshold), metrics.overall());
            if (!thirdPlaceIsTied(table, prediction)) {
                compare(expected(golden).get("overall_top3@" + threshold), metrics.top3());
            }
        }
    }

    /** Only the cases made of ties may escape the comparison of top-3 results. */
    @Test
    void onlyTheTieCasesHaveATiedThirdPlace() {
        Prediction prediction = new Prediction(0.5, true);
        assertThat(CASES.stream().filter(golden -> thirdPlaceIsTied(table(golden), prediction))
                .map(golden -> golden.get("name").asString())).containsExactlyInAnyOrder("ties", "all_tied");
    }

    /** Whether torch.topk had to choose between equal scores, which it does by no rule one could follow. */
    private static boolean thirdPlaceIsTied(ScoreTable table, Prediction prediction) {
        return IntStream.range(0, table.rows()).anyMatch(row -> {
            double[] sorted = IntStream.range(0, table.classes()).mapToDouble(k -> -table.score(row, k)).sorted()
                    .toArray();
            return sorted.length > 3 && sorted[2] == sorted[3] && prediction.reaches(-sorted[2]);
        });
    }

    /** Every number but the authors' NaN, which must be a number here. */
    private static void compare(JsonNode expected, PrecisionRecall actual) {
        Map<String, Double> numbers = Map.of("OP", actual.op(), "OR", actual.or(), "OF1", actual.of1(), "CP",
                actual.cp(),
                "CR", actual.cr(), "CF1", actual.cf1());
        numbers.forEach((name, number) -> {
            if (expected.get(name).isNumber()) {
                assertThat(number).as(name).isCloseTo(expected.get(name).asDouble(), within(1e-6));
            } else {
                assertThat(number).as(name).isBetween(0.0, 1.0);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"voc_400x20, lt-lists/voc/class_freq.json", "coco_500x80, lt-lists/coco/class_freq.json"})
    void groupsAreTheAuthors(String name, String counts) {
        int[] trainCounts = new JsonMapper().readTree(GoldenCases.shared("data/" + counts).toFile()).get("class_freq")
                .valueStream().mapToInt(JsonNode::asInt).toArray();
        JsonNode golden = CASES.stream().filter(one -> one.get("name").asString().equals(name)).findFirst()
                .orElseThrow();
        var byGroup = MultiLabelMetrics.of(table(golden), new Prediction(0.5, true), trainCounts).mapByGroup();
        JsonNode expected = expected(golden).get("lt");
        for (ClassGroup group : ClassGroup.values()) {
            String key = group.name().toLowerCase(Locale.ROOT);
            assertThat(100 * byGroup.get(group).orElseThrow()).isCloseTo(expected.get(key).asDouble(), within(5e-5));
            long inGroup = Arrays.stream(trainCounts).filter(count -> ClassGroup.of(count) == group).count();
            assertThat(inGroup).isEqualTo(expected.get(key + "_classes").size());
        }
    }

    @Test
    void groupBordersAre100And20() {
        assertThat(IntStream.of(0, 19, 20, 99, 100, 5000).mapToObj(ClassGroup::of)).containsExactly(ClassGroup.TAIL,
                ClassGroup.TAIL, ClassGroup.MEDIUM, ClassGroup.MEDIUM, ClassGroup.HEAD, ClassGroup.HEAD);
    }

    @Test
    void batchesAddUp() {
        double[] scores = IntStream.range(0, 60).mapToDouble(i -> Rng.of(1, i).nextGaussian()).toArray();
        double[] targets = IntStream.range(0, 60).mapToDouble(i -> Rng.of(2, i).nextInt(2)).toArray();
        ScoreTable atOnce = new ScoreTable(3);
        atOnce.add(scores, targets, 20);
        ScoreTable piecewise = new ScoreTable(3);
        for (int row = 0; row < 20; row++) {
            piecewise.add(Arrays.copyOfRange(scores, 3 * row, 60), Arrays.copyOfRange(targets, 3 * row, 60), 1);
        }
        Prediction prediction = new Prediction(0.5, true);
        assertThat(MultiLabelMetrics.of(piecewise, prediction)).isEqualTo(MultiLabelMetrics.of(atOnce, prediction));
    }

    @Test
    void tiesKeepTheOrderOfRows() {
        assertThat(AveragePrecision.of(table(1, new double[]{1, 1, 1}, 1, 0, 0), 0)).hasValue(1);
        assertThat(AveragePrecision.of(table(1, new double[]{1, 1, 1}, 0, 0, 1), 0)).hasValue(1.0 / 3);
        assertThat(AveragePrecision.of(table(1, new double[]{-0.0, 0.0}, 1, 0), 0)).as("-0 is 0").hasValue(1);
        assertThat(AveragePrecision.of(table(1, new double[]{0.0, -0.0}, 0, 1), 0)).as("-0 is 0").hasValue(0.5);
        double inf = Double.POSITIVE_INFINITY;
        assertThat(AveragePrecision.of(table(1, new double[]{-inf, 0, inf}, 0, 1, 1), 0)).hasValue(1);
    }

    @Test
    void classesWithoutPositivesAreLeftOut() {
        ScoreTable table = table(2, new double[]{3, 3, -3, 3}, 1, 0, 0, 0);
        var metrics = MultiLabelMetrics.of(table, new Prediction(0.5, true), new int[]{100, 3});
        assertThat(metrics.classesWithoutPositives()).containsExactly(1);
        assertThat(metrics.map()).hasValue(1);
        assertThat(metrics.mapByGroup().get(ClassGroup.HEAD)).hasValue(1);
        assertThat(metrics.mapByGroup().get(ClassGroup.MEDIUM)).as("no class").isEmpty();
        assertThat(metrics.mapByGroup().get(ClassGroup.TAIL)).as("no positives").isEmpty();
        // Class 0: predicted once, right. Class 1: predicted twice, wrong both times.
        assertThat(metrics.overall()).isEqualTo(new PrecisionRecall(1.0 / 3, 1, 0.5, 0.5, 1, 2.0 / 3));
    }

    @Test
    void nothingTrueAndNothingPredictedIsZero() {
        var metrics = MultiLabelMetrics.of(table(2, new double[]{-9, -9, -9, -9}, 0, 0, 0, 0),
                new Prediction(0.5, true));
        assertThat(metrics.map()).isEmpty();
        assertThat(metrics.overall()).isEqualTo(new PrecisionRecall(0, 0, 0, 0, 0, 0));
        assertThat(metrics.top3()).isEqualTo(metrics.overall());
    }

    @Test
    void topThreeTakesTheLowerClassOfEqualScores() {
        ScoreTable table = table(5, new double[]{1, 1, 1, 1, 1}, 1, 1, 1, 1, 1);
        assertThat(PrecisionRecall.topK(table, new Prediction(0.5, true), 3)).isEqualTo(
                new PrecisionRecall(3.0 / 5, 3.0 / 5, 2 * 0.6 * 0.6 / 1.2, 3.0 / 5, 3.0 / 5, 2 * 0.6 * 0.6 / 1.2));
    }

    @Test
    void probabilitiesAreComparedAsTheyAre() {
        ScoreTable table = table(1, new double[]{0.4, 0.5}, 0, 1);
        assertThat(PrecisionRecall.of(table, new Prediction(0.5, false)).op()).isEqualTo(1);
        assertThat(PrecisionRecall.of(table, new Prediction(0.5, true)).op()).as("both sigmoids exceed 0.5")
                .isEqualTo(0.5);
    }

    @Test
    void refusesWhatIsNotAScoreOrTarget() {
        ScoreTable table = new ScoreTable(2);
        table.add(new float[]{1, 2}, new float[]{0, 1}, 1);
        assertThatThrownBy(() -> table.add(new float[]{1, 2, 3, Float.NaN}, new float[4], 2))
                .isInstanceOf(UserException.class)
                .hasMessage("the score of row 2, class 1 (both counted from 0) is NaN; metrics need real numbers");
        assertThatThrownBy(() -> table.add(new double[2], new double[]{-1, 0}, 1)).isInstanceOf(UserException.class)
                .hasMessage("the target of row 1, class 0 (both counted from 0) is -1.0; targets are 0 or 1");
        assertThat(table.rows()).isEqualTo(1);
        assertThatThrownBy(() -> MultiLabelMetrics.of(table, new Prediction(0.5, true), new int[3]))
                .isInstanceOf(UserException.class).hasMessageContaining("3 training counts");
        assertThatThrownBy(() -> MultiLabelMetrics.of(new ScoreTable(2), new Prediction(0.5, true)))
                .isInstanceOf(UserException.class).hasMessageContaining("no scores");
        assertThatThrownBy(() -> new Prediction(Double.NaN, true)).isInstanceOf(IllegalArgumentException.class);
    }

    private static JsonNode expected(JsonNode golden) {
        return golden.get("attributes").get("expected");
    }

    private static ScoreTable table(JsonNode golden) {
        int classes = golden.get("attributes").get("classes").asInt();
        ScoreTable table = new ScoreTable(classes);
        double[] scores = GOLDEN.tensor(golden, "scores");
        table.add(scores, GOLDEN.tensor(golden, "targets"), scores.length / classes);
        return table;
    }

    private static ScoreTable table(int classes, double[] scores, double... targets) {
        ScoreTable table = new ScoreTable(classes);
        table.add(scores, targets, scores.length / classes);
        return table;
    }
}
