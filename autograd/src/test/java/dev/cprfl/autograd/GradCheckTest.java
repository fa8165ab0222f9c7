package dev.cprfl.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradCheckTest {

    private final ReferenceBackend backend = new ReferenceBackend();
    private final Variable x = Variable.leaf(Tensor.of(backend, Shape.of(2, 3), 0.3, -1.2, 0.7, 2, -0.4, 1.1));

    @Test
    void acceptsARightDerivative() {
        assertThat(GradCheck.elements(() -> Exp.apply(x), Map.of("x", x)).error()).isLessThan(1e-10);
        assertThat(GradCheck.directions(() -> Exp.apply(x), Map.of("x", x), 5).error()).isLessThan(1e-10);
    }

    @Test
    void findsAWrongDerivativeOfOneElement() {
        GradCheck.Result worst = GradCheck.elements(() -> expWithWrongDerivative(1e-5), Map.of("x", x));
        assertThat(worst.error()).isBetween(0.9e-5, 1.1e-5);
        assertThat(worst.leaf()).isEqualTo("x");
        assertThat(worst.index()).isEqualTo(4);
    }

    @Test
    void findsAWrongDerivativeAlongADirection() {
        assertThat(GradCheck.directions(() -> expWithWrongDerivative(1e-3), Map.of("x", x), 3).error())
                .isGreaterThan(1e-6);
    }

    @Test
    void findsAMissingGradient() {
        Map<String, Variable> leaves = Map.of("x", x);
        assertThat(GradCheck.elements(() -> Add.apply(x, Exp.apply(x.detach())), leaves).error()).isGreaterThan(0.1);
    }

    @Test
    void findsAKink() {
        Variable zero = Variable.leaf(Tensor.zeros(backend, Shape.of(1)));
        assertThat(GradCheck.elements(() -> Relu.apply(zero), Map.of("x", zero)).error()).isGreaterThan(0.1);
    }

    @Test
    void reportsNaN() {
        Variable nan = Variable.leaf(Tensor.full(backend, Shape.of(1), Double.NaN));
        assertThat(GradCheck.elements(() -> Exp.apply(nan), Map.of("x", nan)).error()).isEqualTo(Double.MAX_VALUE);
    }

    @Test
    void leavesTheInputsAsTheyWere() {
        double[] before = x.value().toDoubles();
        GradCheck.elements(() -> Exp.apply(x), Map.of("x", x));
        assertThat(x.value().toDoubles()).isEqualTo(before);
    }

    /** exp(x), whose derivative is off by a factor of 1 + error at element 4. */
    private Variable expWithWrongDerivative(double error) {
        Tensor y = Exp.apply(x.detach()).value();
        return Tape.record(y, (dy, gradients) -> {
            double[] dx = dy.toDoubles();
            for (int i = 0; i < dx.length; i++) {
                dx[i] *= y.toDoubles()[i] * (i == 4 ? 1 + error : 1);
            }
            gradients.add(x, Tensor.of(backend, x.shape(), dx));
        }, x);
    }
}
