package dev.cprfl.bench.softplus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.BceWithLogits;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoftplusTest {

    private final Backend backend = Backends.open("reference", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private Variable leaf(double... numbers) {
        return Variable.leaf(Tensor.of(backend, Shape.of(numbers.length), numbers));
    }

    @Test
    void gradientAgreesWithFiniteDifferences() {
        Variable x = leaf(-30, -2, -0.5, 0, 0.25, 3, 40);
        GradCheck.Result worst = GradCheck.elements(() -> Softplus.apply(x), Map.of("x", x));
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    /** The check can fail: half of the derivative, and that of another function. */
    @Test
    void aWrongDerivativeIsFound() {
        Variable x = leaf(-2, -0.5, 0.25, 3);
        UnaryOperator<Variable> wrong = in -> Tape.record(Softplus.apply(in.detach()).value(),
                (dy, gradients) -> gradients.add(in, dy.copy()), in);
        assertThat(GradCheck.elements(() -> wrong.apply(x), Map.of("x", x)).error()).isGreaterThan(0.1);
    }

    /** The engine has softplus under another name: the cross-entropy of a logit with label 0. */
    @Test
    void equalsTheCrossEntropyWithLabelZero() {
        Variable x = leaf(-800, -20, -1, 0, 0.3, 7, 800, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY,
                Double.NaN);
        double[] expected = BceWithLogits.apply(leaf(-800, -20, -1, 0, 0.3, 7, 800),
                Tensor.zeros(backend, Shape.of(7))).value().toDoubles();
        double[] found = Softplus.apply(x).value().toDoubles();
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-15 * (1 + expected[i])));
        }
        assertThat(found[7]).isInfinite();
        assertThat(found[8]).isZero();
        assertThat(found[9]).isNaN();
    }

    /** Why the composed form is not enough. */
    @Test
    void theComposedFormOverflows() {
        Variable x = leaf(-3, 0, 5, 800);
        double[] composed = ComposedSoftplus.apply(x).value().toDoubles();
        double[] own = Softplus.apply(x).value().toDoubles();
        assertThat(Arrays.copyOf(composed, 3)).containsExactly(Arrays.copyOf(own, 3), within(1e-14));
        assertThat(composed[3]).isInfinite();
        assertThat(own[3]).isEqualTo(800);
        assertThat(gradient(ComposedSoftplus::apply, 800)).isNaN();
        assertThat(gradient(Softplus::apply, 800)).isEqualTo(1);
    }

    private double gradient(UnaryOperator<Variable> function, double at) {
        Variable x = leaf(at);
        try (Tape tape = Tape.start()) {
            Gradients gradients = tape.backward(SumAll.apply(function.apply(x)));
            return gradients.get(x).item();
        }
    }

    /** Every length below twice the lanes, at places that are no multiple of them; what lies around stays as it is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void theKernelAgreesWithTheFormula(int at) {
        Rng rng = Rng.of(at);
        for (int n = 0; n <= 40; n++) {
            float[] x = new float[at + n + 2];
            float[] dy = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) (10 * rng.nextGaussian());
                dy[i] = (float) rng.nextGaussian();
            }
            float[] y = new float[x.length];
            float[] dx = new float[x.length];
            Arrays.fill(y, Float.NaN);
            Arrays.fill(dx, Float.NaN);
            SoftplusKernel.forward(x, at, y, at, n);
            SoftplusKernel.backward(x, at, dy, at, dx, at, n);
            for (int i = 0; i < x.length; i++) {
                boolean inside = i >= at && i < at + n;
                compare(y[i], inside ? Softplus.value(x[i]) : Double.NaN);
                compare(dx[i], inside ? dy[i] * Softplus.derivative(x[i]) : Double.NaN);
            }
        }
    }

    /** Interpreted and, after many calls, compiled: the machine code takes exp and log1p from another library. */
    @ParameterizedTest
    @ValueSource(ints = {0, 30_000})
    void theKernelAtTheEnds(int callsBefore) {
        float[] warm = new float[64];
        for (int call = 0; call < callsBefore; call++) {
            SoftplusKernel.forward(warm, 0, warm, 0, warm.length);
            SoftplusKernel.backward(warm, 0, warm, 0, warm, 0, warm.length);
        }
        float[] x = {0, -0f, 88, -88, 104, -104, Float.MAX_VALUE, -Float.MAX_VALUE, Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY, Float.NaN, Float.MIN_VALUE};
        float[] y = x.clone();
        SoftplusKernel.forward(x, 0, y, 0, x.length);
        float[] ones = new float[x.length];
        Arrays.fill(ones, 1);
        SoftplusKernel.backward(x, 0, ones, 0, ones, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            compare(y[i], Softplus.value(x[i]));
            compare(ones[i], Softplus.derivative(x[i]));
        }
    }

    /** Some units in the last place: exp, log1p, a sum, a quotient and a product, an error of one unit each at most. */
    private static void compare(float found, double expected) {
        if (Double.isNaN(expected)) {
            assertThat(found).isNaN();
        } else {
            assertThat((double) found).isCloseTo(expected, within(4 * (double) Math.ulp((float) expected)));
        }
    }
}
