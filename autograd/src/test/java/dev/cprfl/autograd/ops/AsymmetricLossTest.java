package dev.cprfl.autograd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The gradient with a detached focus has no finite difference; here the loss is composed of operations that have one. */
class AsymmetricLossTest {

    private static final double CLIP = 0.05;

    private final ReferenceBackend backend = new ReferenceBackend();

    // Above logit(0.05) = -2.94, where 1 - s + clip stays below one.
    private final Variable logits = Variable.leaf(Tensor.of(backend, Shape.of(6), -2.5, -0.3, 0.1, 1.2, 2.9, -1));

    @Test
    void detachedFocusIsAConstant() {
        assertThat(gradient(0, true)).containsExactly(composed(0, true), within(1e-12));
        assertThat(gradient(1, true)).containsExactly(composed(1, true), within(1e-12));
    }

    @Test
    void plainFocusIsDifferentiated() {
        double[] plain = gradient(0, false);
        double[] composed = composed(0, false);
        double[] detached = gradient(0, true);
        for (int i = 0; i < plain.length; i++) {
            assertThat(plain[i]).isCloseTo(composed[i], within(1e-12));
            assertThat(plain[i]).isNotCloseTo(detached[i], within(1e-6));
        }
    }

    /** By the operation; all targets are {@code y}, gammaPos is 1 and gammaNeg 2. */
    private double[] gradient(double y, boolean detach) {
        try (Tape tape = Tape.start()) {
            Tensor targets = Tensor.full(backend, logits.shape(), y);
            Variable loss = AsymmetricLoss.apply(logits, targets, 1, 2, CLIP, 1e-8, detach);
            return tape.backward(SumAll.apply(loss)).get(logits).toDoubles();
        }
    }

    /** -w ln(q): for positives q = s and w = 1 - s, for negatives q = 1 - s + clip and w = (1 - q)^2. */
    private double[] composed(double y, boolean detach) {
        try (Tape tape = Tape.start()) {
            Variable s = Sigmoid.apply(logits);
            Variable q = y == 1 ? s : Subtract.apply(number(1 + CLIP), s);
            Variable rest = Subtract.apply(number(1), q);
            Variable w = y == 1 ? rest : Multiply.apply(rest, rest);
            Variable loss = Scale.apply(Multiply.apply(detach ? w.detach() : w, Log.apply(q)), -1);
            return tape.backward(SumAll.apply(loss)).get(logits).toDoubles();
        }
    }

    private Variable number(double value) {
        return Variable.constant(Tensor.full(backend, Shape.of(), value));
    }
}
