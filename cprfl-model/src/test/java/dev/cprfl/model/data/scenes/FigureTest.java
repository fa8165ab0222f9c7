package dev.cprfl.model.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.tensor.Rng;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FigureTest {

    @ParameterizedTest
    @EnumSource
    void isInsideAtItsCentreAndOutsideFarAway(Figure figure) {
        assertThat(figure.distance(0, 0)).isNegative();
        for (double x = -3; x <= 3; x += 0.5) {
            assertThat(figure.distance(x, -1.2)).isPositive();
            assertThat(figure.distance(x, 1.2)).isPositive();
            assertThat(figure.distance(-1.2, x)).isPositive();
            assertThat(figure.distance(1.2, x)).isPositive();
        }
    }

    /** A distance never grows faster than the way walked. */
    @ParameterizedTest
    @EnumSource
    void distanceGrowsNoFasterThanTheWay(Figure figure) {
        Rng rng = Rng.of(1);
        for (int i = 0; i < 2000; i++) {
            double x = rng.nextDouble(-1.5, 1.5);
            double y = rng.nextDouble(-1.5, 1.5);
            double dx = rng.nextDouble(-0.3, 0.3);
            double dy = rng.nextDouble(-0.3, 0.3);
            double change = figure.distance(x + dx, y + dy) - figure.distance(x, y);
            assertThat(Math.abs(change)).isLessThanOrEqualTo(Math.hypot(dx, dy) + 1e-12);
        }
    }

    /** All figures cover about as much, so that size does not tell them apart. */
    @ParameterizedTest
    @EnumSource
    void areasAreAlike(Figure figure) {
        int inside = 0;
        for (int i = 0; i < 240; i++) {
            for (int j = 0; j < 240; j++) {
                if (figure.distance(i / 100.0 - 1.2, j / 100.0 - 1.2) < 0) {
                    inside++;
                }
            }
        }
        assertThat(inside / 1e4).isCloseTo(1.9, within(0.6));
    }
}
