package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CalibrationTest {

    /** One of four at a quarter is as it should be; four of four at three quarters are a quarter too many. */
    @Test
    void byHand() {
        ScoreTable table = Tables.of(
                new double[][]{{0.25, 0.75}, {0.25, 0.75}, {0.25, 0.75}, {0.25, 0.75}},
                new int[][]{{1, 1}, {0, 1}, {0, 1}, {0, 1}});
        Calibration both = Calibration.of(table, _ -> true, 2);
        assertThat(both.error()).isCloseTo(0.125, within(1e-12));
        assertThat(both.bins().get(0).decisions()).isEqualTo(4);
        assertThat(both.bins().get(0).probability()).isCloseTo(0.25, within(1e-12));
        assertThat(both.bins().get(0).frequency()).isEqualTo(0.25);
        assertThat(both.bins().get(1).frequency()).isEqualTo(1);
        assertThat(Calibration.of(table, label -> label == 0, 2).error()).isCloseTo(0, within(1e-12));
        assertThat(Calibration.of(table, label -> label == 1, 2).error()).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void theEndsHaveABin() {
        ScoreTable table = new ScoreTable(1);
        table.add(new double[]{1000, -1000, 0}, new double[]{1, 0, 1}, 3);
        Calibration found = Calibration.of(table, _ -> true, 4);
        assertThat(found.bins().stream().map(Calibration.Bin::decisions)).containsExactly(1L, 0L, 1L, 1L);
        assertThat(found.error()).isCloseTo(0.5 / 3, within(1e-12));
    }

    @Test
    void noClassIsNoError() {
        Calibration found = Calibration.of(Tables.random(5, 1), _ -> false, 3);
        assertThat(found.error()).isZero();
        assertThat(found.bins()).hasSize(3).allMatch(bin -> bin.decisions() == 0 && bin.frequency() == 0);
    }
}
