package dev.cprfl.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Storage;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every step against the reference backend's product in double. */
class StepsTest {

    /** Half the distance from 1 to the next float. */
    private static final double ROUNDING = 0x1p-24;

    /** Below, at and beyond the tiles of 4 rows by 8, 16 or 32 columns. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "4, 32, 1", "4, 32, 19", "5, 33, 20", "8, 64, 64", "13, 31, 3", "7, 97, 41",
        "4, 8, 0", "0, 4, 4", "4, 0, 4"})
    void agreesWithTheReference(int m, int n, int k) {
        for (Step step : Step.values()) {
            if (step.isEngine()) {
                continue;
            }
            float[] a = OnBackend.randomFloats(m * k);
            float[] b = OnBackend.randomFloats(k * n);
            float[] c = new float[m * n];
            Arrays.fill(c, Float.NaN);
            step.multiply(m, n, k, a, b, c);
            compare(step.name(), m, n, k, a, b, c);
        }
    }

    /** What JMH measures, the backend's own steps among them. */
    @ParameterizedTest
    @EnumSource
    void theBenchmarkComputesAProduct(Step step) {
        Steps steps = new Steps();
        steps.shape = step;
        steps.m = 30;
        steps.n = 70;
        steps.k = 50;
        steps.open();
        try {
            var _ = steps.ours();
            compare(step.name(), 30, 70, 50, steps.left(), steps.right(), steps.result());
        } finally {
            steps.close();
        }
    }

    /** Each sum may be off by the roundings of its k terms: at most so much of the sum of the absolute values. */
    private static void compare(String name, int m, int n, int k, float[] a, float[] b, float[] c) {
        double[] exact = product(m, n, k, a, b);
        double[] size = product(m, n, k, absolute(a), absolute(b));
        for (int i = 0; i < c.length; i++) {
            assertThat(Math.abs(c[i] - exact[i])).as("%s, number %d of %d x %d x %d", name, i, m, n, k)
                    .isLessThanOrEqualTo((k + 1) * ROUNDING * size[i]);
        }
    }

    private static float[] absolute(float[] numbers) {
        float[] sizes = numbers.clone();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.abs(sizes[i]);
        }
        return sizes;
    }

    private static double[] product(int m, int n, int k, float[] a, float[] b) {
        try (Backend reference = Backends.open("reference", 1)) {
            Storage left = reference.memory().allocate(a.length);
            Storage right = reference.memory().allocate(b.length);
            Storage result = reference.memory().allocate(m * n);
            reference.memory().write(a, 0, left);
            reference.memory().write(b, 0, right);
            reference.gemm(GemmShape.of(m, n, k, false, false), left, right, null, result);
            double[] numbers = new double[m * n];
            reference.memory().read(result, numbers, 0);
            return numbers;
        }
    }
}
