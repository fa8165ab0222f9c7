package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThresholdsTest {

    /** Shown at 0.9 and 0.6, not at 0.8 and 0.2: two of three at 0.6 is better than one of one at 0.9. */
    @Test
    void byHand() {
        ScoreTable table = Tables.of(new double[][]{{0.2}, {0.6}, {0.8}, {0.9}}, new int[][]{{0}, {1}, {0}, {1}});
        double best = Thresholds.best(table).getFirst().orElseThrow();
        assertThat(best).isCloseTo(0.4, within(1e-12));
        assertThat(Thresholds.f1(table, 0, best)).hasValue(0.8);
        assertThat(Thresholds.f1(table, 0, 0.85)).hasValue(2.0 / 3);
        assertThat(Thresholds.f1(table, 0, 0.95)).hasValue(0);
    }

    /** No threshold does better on the same images, ties and all. */
    @Test
    void noneIsBetter() {
        for (int seed = 0; seed < 50; seed++) {
            ScoreTable table = Tables.random(25, seed);
            double best = Thresholds.f1(table, 0, Thresholds.best(table).getFirst().orElseThrow()).orElseThrow();
            double reached = IntStream.rangeClosed(0, 1000)
                    .mapToDouble(i -> Thresholds.f1(table, 0, i / 1000.0).orElseThrow()).max().orElseThrow();
            assertThat(best).isGreaterThanOrEqualTo(reached);
        }
    }

    /** Neighbouring numbers leave no room for a middle. */
    @Test
    void nothingBetweenNeighbours() {
        ScoreTable table = new ScoreTable(1);
        table.add(new double[]{1e-16 * 4, 0}, new double[]{1, 0}, 2);
        double best = Thresholds.best(table).getFirst().orElseThrow();
        double reached = IntStream.range(0, 2).mapToDouble(row -> table.probability(row, 0))
                .map(p -> Thresholds.f1(table, 0, p).orElseThrow()).max().orElseThrow();
        assertThat(Thresholds.f1(table, 0, best)).hasValue(reached);
    }

    @Test
    void withoutPositivesThereIsNone() {
        ScoreTable table = Tables.of(new double[][]{{0.9}}, new int[][]{{0}});
        assertThat(Thresholds.best(table).getFirst()).isEmpty();
        assertThat(Thresholds.f1(table, 0, 0.5)).isEmpty();
    }
}
