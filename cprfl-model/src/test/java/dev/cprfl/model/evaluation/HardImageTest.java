package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class HardImageTest {

    @Test
    void theWorstFirstWithWhatIsWrong() {
        ScoreTable table = Tables.of(
                new double[][]{{0.9, 0.1, 0.2, 0.4}, {0.6, 0.8, 0.3, 0.1}, {0.5, 0.5, 0.5, 0.5}},
                new int[][]{{1, 0, 0, 0}, {0, 0, 1, 1}, {0, 0, 0, 0}});
        List<HardImage> found = HardImage.of(table, 2, 0.5);
        assertThat(found).hasSize(2);
        HardImage worst = found.getFirst();
        assertThat(worst.row()).isEqualTo(1);
        double loss = -(Math.log(0.4) + Math.log(0.2) + Math.log(0.3) + Math.log(0.1)) / 4;
        assertThat(worst.loss()).isCloseTo(loss, within(1e-12));
        assertThat(worst.falseLabels()).containsExactly(1, 0);
        assertThat(worst.missedLabels()).containsExactly(3, 2);
        assertThat(found.get(1).row()).isEqualTo(2);
    }

    @Test
    void surelyWrongIsALargeNumber() {
        ScoreTable table = new ScoreTable(1);
        table.add(new double[]{-5000, 5000}, new double[]{1, 1}, 2);
        assertThat(HardImage.of(table, 9, 0.5).stream().map(HardImage::loss)).containsExactly(5000.0, 0.0);
    }
}
