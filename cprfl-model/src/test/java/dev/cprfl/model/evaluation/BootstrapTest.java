package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.model.data.ClassGroup;
import dev.cprfl.tensor.Rng;
import org.junit.jupiter.api.Test;

class BootstrapTest {

    /** The short cut for copies gives what the table with the rows written out gives. */
    @Test
    void copiesCountAsRows() {
        Rng rng = Rng.of(1);
        for (int round = 0; round < 20; round++) {
            ScoreTable table = Tables.random(30, round);
            int[] copies = new int[30];
            ScoreTable written = new ScoreTable(1);
            for (int row = 0; row < 30; row++) {
                copies[row] = rng.nextInt(4);
                for (int copy = 0; copy < copies[row]; copy++) {
                    written.add(new double[]{table.score(row, 0)}, new double[]{table.target(row, 0) ? 1 : 0}, 1);
                }
            }
            assertThat(Bootstrap.averagePrecision(table, 0, AveragePrecision.order(table, 0), copies))
                    .isCloseTo(AveragePrecision.of(written, 0).orElseThrow(), within(1e-14));
        }
    }

    /** Two images, the one that shows the class scored lower: AP is 1/2 with both, 1 with the shown one alone, else none. */
    @Test
    void twoImages() {
        ScoreTable table = Tables.of(new double[][]{{0.9}, {0.1}}, new int[][]{{0}, {1}});
        Bootstrap found = Bootstrap.of(table, new int[]{150}, 200, 1, _ -> {});
        assertThat(found.averagePrecision()).containsExactly(new Bootstrap.Interval(0.5, 1));
        assertThat(found.map()).isEqualTo(new Bootstrap.Interval(0.5, 1));
        assertThat(found.mapByGroup()).containsOnlyKeys(ClassGroup.HEAD);
    }

    @Test
    void aPerfectOrderStaysPerfectAndAnAbsentClassHasNoInterval() {
        ScoreTable table = Tables.of(new double[][]{{0.9, 0.5}, {0.8, 0.5}, {0.1, 0.5}},
                new int[][]{{1, 0}, {1, 0}, {0, 0}});
        Bootstrap found = Bootstrap.of(table, new int[]{3, 30}, 50, 1, _ -> {});
        assertThat(found.averagePrecision()).containsExactly(new Bootstrap.Interval(1, 1), null);
        assertThat(found.mapByGroup()).containsOnlyKeys(ClassGroup.TAIL);
    }

    /** Around the number itself, narrower with more images, the same for the same seed. */
    @Test
    void moreImagesSayMore() {
        double few = width(60, 3);
        double many = width(960, 3);
        assertThat(many).isBetween(few / 8, few / 2); // 16 times the images: about a quarter
        assertThat(width(60, 3)).isEqualTo(few);
    }

    private static double width(int rows, long seed) {
        ScoreTable table = Tables.random(rows, 11);
        Bootstrap.Interval found = Bootstrap.of(table, new int[]{5}, 300, seed, _ -> {}).averagePrecision().getFirst();
        assertThat(AveragePrecision.of(table, 0).orElseThrow()).isBetween(found.low(), found.high());
        return found.high() - found.low();
    }

    @Test
    void quantilesLieBetweenNumbers() {
        double[] sorted = {1, 2, 4};
        assertThat(Bootstrap.quantile(sorted, 0)).isEqualTo(1);
        assertThat(Bootstrap.quantile(sorted, 0.5)).isEqualTo(2);
        assertThat(Bootstrap.quantile(sorted, 0.75)).isEqualTo(3);
        assertThat(Bootstrap.quantile(sorted, 1)).isEqualTo(4);
    }
}
