package dev.cprfl.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class TapeTest {

    private final ReferenceBackend backend = new ReferenceBackend();
    private final Variable x = leaf(1, -2, 3);

    private Variable leaf(double... values) {
        return Variable.leaf(Tensor.of(backend, Shape.of(values.length), values));
    }

    @Test
    void sumsOverAllUses() {
        try (Tape tape = Tape.start()) {
            Variable loss = SumAll.apply(Add.apply(Add.apply(Multiply.apply(x, x), x), x));
            assertThat(tape.backward(loss).get(x).toDoubles()).containsExactly(4, -2, 8);
        }
    }

    @Test
    void sumsOverViewsOfOneVariable() {
        try (Tape tape = Tape.start()) {
            Variable column = Reshape.apply(x, Shape.of(3, 1));
            Variable loss = Add.apply(SumAll.apply(Multiply.apply(column, column)),
                    SumAll.apply(Slice.apply(x, 0, 1, 3)));
            assertThat(tape.backward(loss).get(x).toDoubles()).containsExactly(2, -3, 7);
        }
    }

    @Test
    void aGradientThatSeveralVariablesShareIsNotChangedInPlace() {
        Variable y = leaf(5, 6, 7);
        try (Tape tape = Tape.start()) {
            // The addition passes one dy on to both sides; the scaling of one must not be seen by the other.
            Variable loss = SumAll.apply(Add.apply(Scale.apply(Relu.apply(x), 10), y));
            Gradients gradients = tape.backward(loss);
            assertThat(gradients.get(x).toDoubles()).containsExactly(10, 0, 10);
            assertThat(gradients.get(y).toDoubles()).containsExactly(1, 1, 1);
        }
    }

    @Test
    void frozenAndUnreachedLeavesGetNoGradient() {
        Variable frozen = leaf(1, 2, 3);
        frozen.requiresGrad(false);
        Variable unreached = leaf(1, 2, 3);
        try (Tape tape = Tape.start()) {
            Exp.apply(unreached);
            Gradients gradients = tape.backward(SumAll.apply(Multiply.apply(x, frozen)));
            assertThat(gradients.get(frozen)).isNull();
            assertThat(gradients.get(unreached)).isNull();
            assertThat(gradients.get(x).toDoubles()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void nothingFlowsThroughADetachedValue() {
        try (Tape tape = Tape.start()) {
            Variable loss = SumAll.apply(Multiply.apply(Scale.apply(x, 2).detach(), x));
            assertThat(tape.backward(loss).get(x).toDoubles()).containsExactly(2, -4, 6);
        }
    }

    @Test
    void keepsValueAndGradientOfWhatIsRetained() {
        try (Tape tape = Tape.start()) {
            Variable middle = Scale.apply(x, 3);
            Variable dropped = Scale.apply(middle, 2);
            tape.retain(middle);
            Gradients gradients = tape.backward(SumAll.apply(Multiply.apply(dropped, dropped)));
            assertThat(middle.value().toDoubles()).containsExactly(3, -6, 9);
            assertThat(gradients.get(middle).toDoubles()).containsExactly(24, -48, 72);
            assertThat(gradients.get(x).toDoubles()).containsExactly(72, -144, 216);
            assertThat(gradients.get(dropped)).isNull();
            assertThat(dropped.value().toDoubles()).containsOnly(Double.NaN); // the reference backend's free memory
        }
    }

    @Test
    void keepsTheMemoryBehindARetainedView() {
        try (Tape tape = Tape.start()) {
            Variable base = Scale.apply(x, 3);
            Variable view = Slice.apply(Reshape.apply(base, Shape.of(3, 1)), 0, 1, 3);
            tape.retain(view);
            Gradients gradients = tape.backward(SumAll.apply(Multiply.apply(view, view)));
            assertThat(view.value().toDoubles()).containsExactly(-6, 9);
            assertThat(gradients.get(view).toDoubles()).containsExactly(-12, 18);
        }
    }

    @Test
    void aLossThatIsAViewCanBeReadAfterwards() {
        try (Tape tape = Tape.start()) {
            Variable loss = Reshape.apply(SumAll.apply(x), Shape.of(1, 1));
            tape.backward(loss);
            assertThat(loss.value().item()).isEqualTo(2);
        }
    }

    @Test
    void takesTheGradientOfAnOutputThatIsNoScalar() {
        try (Tape tape = Tape.start()) {
            Gradients gradients = tape.backward(Scale.apply(x, 2), Tensor.of(backend, Shape.of(3), 1.0, 10, 100));
            assertThat(gradients.get(x).toDoubles()).containsExactly(2, 20, 200);
        }
    }

    @Test
    void givesEachLeafsGradientOnceItIsComplete() {
        Variable y = leaf(1, 2, 4);
        Variable unreached = leaf(1, 2, 3);
        List<Variable> order = new ArrayList<>();
        try (Tape tape = Tape.start()) {
            Exp.apply(unreached);
            Variable early = Multiply.apply(x, x); // x's first use, so its gradient is complete last
            Variable loss = SumAll.apply(Multiply.apply(Add.apply(early, x), Reshape.apply(y, Shape.of(3))));
            tape.backward(loss, (leaf, gradient) -> {
                order.add(leaf);
                double[] expected = leaf.equals(x) ? new double[]{3, -6, 28} : new double[]{2, 2, 12};
                assertThat(gradient.toDoubles()).containsExactly(expected);
                leaf.backend().fill(99, leaf.value().storage()); // nothing reads it any more
            });
        }
        assertThat(order).containsExactly(y, x);
    }

    @Test
    void whatIsForgottenIsComputedAgainForTheBackwardPass() {
        int[] computed = {0, 0};
        try (Tape tape = Tape.start()) {
            Variable a = doubled(x, computed, 0);
            Variable b = doubled(a, computed, 1);
            Variable y = Multiply.apply(b, b);
            Tape.forget(a, b);
            assertThat(computed).containsExactly(1, 1);
            assertThat(tape.backward(SumAll.apply(y)).get(x).toDoubles()).containsExactly(32, -64, 96);
        }
        assertThat(computed).containsExactly(2, 2); // a again for b
    }

    @Test
    void whatIsSharedOrRetainedIsNotForgotten() {
        int[] computed = {0, 0};
        try (Tape tape = Tape.start()) {
            Variable a = doubled(x, computed, 0);
            Variable b = doubled(x, computed, 1);
            Variable view = Reshape.apply(a, Shape.of(3, 1));
            tape.retain(b);
            Variable detached = b.detach();
            Tape.forget(a, b);
            Variable loss = SumAll.apply(Multiply.apply(Reshape.apply(view, Shape.of(3)), b));
            assertThat(tape.backward(loss).get(x).toDoubles()).containsExactly(8, -16, 24);
            assertThat(detached.value().toDoubles()).containsExactly(2, -4, 6);
        }
        assertThat(computed).containsExactly(1, 1);
    }

    /** 2 x, which can be computed again; counts how often it was. */
    private static Variable doubled(Variable x, int[] computed, int which) {
        Supplier<Tensor> forward = () -> {
            computed[which]++;
            Tensor y = Tensor.allocate(x.backend(), x.shape());
            x.backend().scale(2, x.value().storage(), y.storage());
            return y;
        };
        return Tape.recordComputable(forward.get(), forward, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().scale(2, dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }

    @Test
    void recordsNothingWithoutATape() {
        assertThat(Scale.apply(x, 2).requiresGrad()).isFalse();
        try (Tape tape = Tape.start()) {
            assertThat(Scale.apply(x, 2).requiresGrad()).isTrue();
            assertThat(Scale.apply(x.detach(), 2).requiresGrad()).isFalse();
            assertThatThrownBy(() -> tape.backward(SumAll.apply(x.detach())))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("nothing to differentiate");
        }
    }

    @Test
    void refusesToRunBackwardTwice() {
        try (Tape tape = Tape.start()) {
            Variable loss = SumAll.apply(Exp.apply(x));
            tape.backward(loss);
            assertThatThrownBy(() -> tape.backward(loss)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("runs once");
        }
    }

    @Test
    void refusesWhatAnotherTapeRecorded() {
        Variable loss;
        try (Tape _ = Tape.start()) {
            loss = SumAll.apply(x);
        }
        try (Tape second = Tape.start()) {
            SumAll.apply(x);
            assertThatThrownBy(() -> second.backward(loss)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not recorded by this tape");
        }
    }

    @Test
    void refusesALossThatIsNoScalar() {
        try (Tape tape = Tape.start()) {
            assertThatThrownBy(() -> tape.backward(Exp.apply(x))).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[3]");
        }
    }

    @Test
    void refusesASecondTapeOnTheThread() {
        try (Tape tape = Tape.start()) {
            assertThatThrownBy(Tape::start).isInstanceOf(IllegalStateException.class);
            assertThat(tape).isNotNull();
        }
        Tape closed = Tape.start();
        closed.close();
        assertThatThrownBy(closed::close).isInstanceOf(IllegalStateException.class);
    }
}
