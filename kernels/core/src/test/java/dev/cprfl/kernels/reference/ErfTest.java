package dev.cprfl.kernels.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErfTest {

    /** Arguments that a double holds exactly, values from 40-digit arithmetic. */
    @ParameterizedTest
    @CsvSource({
        "0, 0.0, 1.0",
        "0.0625, 0.070431977722387078051, 0.92956802227761292195",
        "0.25, 0.27632639016823693299, 0.72367360983176306701",
        "0.5, 0.52049987781304653768, 0.47950012218695346232",
        "1, 0.84270079294971486934, 0.15729920705028513066",
        "1.25, 0.92290012825645823014, 0.077099871743541769863",
        "1.5, 0.96610514647531072707, 0.033894853524689272933",
        "2, 0.99532226501895273416, 0.0046777349810472658379",
        "3, 0.99997790950300141456, 0.000022090496998585441373",
        "4, 0.99999998458274209972, 1.5417257900280018852e-8",
        "5, 0.99999999999846254021, 1.5374597944280348502e-12",
        "6, 0.99999999999999997848, 2.1519736712498913117e-17",
        "10, 1.0, 2.088487583762544757e-45",
        "20, 1.0, 5.3958656116079009289e-176",
        "26, 1.0, 5.6631924088561428465e-296"
    })
    void matchesKnownValues(double x, double erf, double erfc) {
        assertThat(Erf.erf(x)).isCloseTo(erf, within(1e-15));
        assertThat(Erf.erf(-x)).isEqualTo(-Erf.erf(x));
        assertThat(Erf.erfc(x)).isCloseTo(erfc, within(1e-14 * erfc));
        assertThat(Erf.erfc(-x)).isCloseTo(1 + erf, within(1e-15));
    }

    /** Abramowitz and Stegun 7.1.5, the alternating series, which loses no digits for small x. */
    @Test
    void matchesTheAlternatingSeries() {
        for (double x = -0.75; x <= 0.75; x += 1 / 64.0) {
            double power = x;
            double sum = x;
            for (int n = 1; n < 40; n++) {
                power *= -x * x / n;
                sum += power / (2 * n + 1);
            }
            assertThat(Erf.erf(x)).isCloseTo(2 / Math.sqrt(Math.PI) * sum, within(1e-15));
        }
    }

    @Test
    void handsOverWithoutAStep() {
        double before = Math.nextDown(1.5);
        assertThat(Erf.erf(1.5)).isCloseTo(Erf.erf(before), within(1e-15));
        assertThat(Erf.erf(-1.5)).isCloseTo(Erf.erf(-before), within(1e-15));
    }

    @Test
    void keepsInfinityAndNaN() {
        assertThat(Erf.erf(Double.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(Erf.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(Erf.erfc(Double.POSITIVE_INFINITY)).isEqualTo(0);
        assertThat(Erf.erf(Double.NaN)).isNaN();
        assertThat(Erf.erfc(Double.NaN)).isNaN();
    }
}
