package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.tensor.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptGeometryTest {

    /** Points of a plane in space, somewhere: their distances must be the same in the principal plane. */
    @Test
    void aPlaneIsFoundAsItIs() {
        Rng rng = Rng.of(5);
        double[][] basis = {{0.6, 0, 0.8, 0}, {0, 1, 0, 0}}; // orthonormal
        double[][] flat = new double[7][2];
        double[][] rows = new double[7][4];
        for (int i = 0; i < 7; i++) {
            flat[i] = new double[]{3 * rng.nextGaussian(), rng.nextGaussian()};
            for (int j = 0; j < 4; j++) {
                rows[i][j] = 10 + flat[i][0] * basis[0][j] + flat[i][1] * basis[1][j];
            }
        }
        PromptGeometry.Plane plane = PromptGeometry.principalPlane(rows);
        assertThat(plane.explained()).isCloseTo(1, within(1e-12));
        for (int i = 0; i < 7; i++) {
            for (int k = 0; k < 7; k++) {
                assertThat(distance(plane.points()[i], plane.points()[k])).isCloseTo(distance(flat[i], flat[k]),
                        within(1e-12));
            }
        }
    }

    /** Along the axes 3, 2 and 1 the variance is 9, 4 and 1 parts: the plane shows 13 of 14. */
    @Test
    void theLargestTwoAreShown() {
        double[][] rows = {{0, 0, 1}, {0, 0, -1}, {3, 0, 0}, {-3, 0, 0}, {0, 2, 0}, {0, -2, 0}};
        PromptGeometry.Plane plane = PromptGeometry.principalPlane(rows);
        assertThat(plane.explained()).isCloseTo(13.0 / 14, within(1e-12));
        assertThat(Math.abs(plane.points()[2][0])).isCloseTo(3, within(1e-12));
        assertThat(Math.abs(plane.points()[4][1])).isCloseTo(2, within(1e-12));
    }

    /** Prompts that never moved, a single column, all alike: no NaN. */
    @Test
    void nothingToSeeIsNotANumberToFear() {
        for (double[][] rows : new double[][][]{{{1, 2}, {1, 2}}, {{1}, {2}, {4}}, {{0, 0, 0}}}) {
            PromptGeometry.Plane plane = PromptGeometry.principalPlane(rows);
            assertThat(Arrays.stream(plane.points()).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite))
                    .isTrue();
            assertThat(plane.explained()).isBetween(0.0, 1.0 + 1e-12);
        }
    }

    @Test
    void cosines() {
        double[][] cosines = PromptGeometry.cosines(new double[][]{{1, 0}, {2, 2}, {-3, 0}, {0, 0}});
        assertThat(cosines[0]).containsExactly(new double[]{1, Math.sqrt(0.5), -1, 0}, within(1e-15));
    }

    private static double distance(double[] a, double[] b) {
        return Math.hypot(a[0] - b[0], a[1] - b[1]);
    }
}
