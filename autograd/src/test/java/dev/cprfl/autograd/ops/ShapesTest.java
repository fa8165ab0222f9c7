package dev.cprfl.autograd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Shapes that do not fit are refused with a message that names them; empty ones work. */
class ShapesTest {

    private final ReferenceBackend backend = new ReferenceBackend();

    private Variable of(int... extents) {
        return Variable.leaf(Tensor.full(backend, Shape.of(extents), 1));
    }

    private Tensor tensor(int... extents) {
        return of(extents).value();
    }

    private static void refused(Supplier<?> operation, String... named) {
        assertThatThrownBy(operation::get).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(named);
    }

    @Test
    void refusesShapesThatDoNotBroadcast() {
        refused(() -> Add.apply(of(2, 3), of(2)), "[2, 3]", "[2]");
        refused(() -> Subtract.apply(of(2, 3), of(4, 3)), "[2, 3]", "[4, 3]");
        refused(() -> Multiply.apply(of(2, 3), of(2, 3, 2)), "[2, 3]", "[2, 3, 2]");
        refused(() -> Divide.apply(of(0), of(3)), "[0]", "[3]");
    }

    @Test
    void refusesProductsThatDoNotFit() {
        refused(() -> Linear.apply(of(2, 3), of(4, 5), null), "[2, 3]", "[4, 5]", "none");
        refused(() -> Linear.apply(of(2, 3), of(4, 3), of(3)), "[2, 3]", "[4, 3]", "[3]");
        refused(() -> Matmul.apply(of(2, 3), of(2, 3)), "[2, 3] by [2, 3]");
        refused(() -> Matmul.apply(of(2, 3), of(3, 2), true, false), "[2, 3] transposed by [3, 2]");
        refused(() -> Matmul.apply(of(2, 3, 4), of(3, 4, 5)), "[2]", "[3]");
        refused(() -> Matmul.apply(of(3), of(3, 4)), "[3] by [3, 4]");
        refused(() -> Embedding.apply(new int[]{0, 4}, Shape.of(2), of(4, 3)), "index 4", "position 1", "[4, 3]");
        refused(() -> Embedding.apply(new int[]{-1}, Shape.of(1), of(4, 3)), "index -1");
        refused(() -> Embedding.apply(new int[2], Shape.of(3), of(4, 3)), "2 indices", "[3]");
        refused(() -> Attention.apply(of(2, 3, 4), of(2, 5, 6), 2, 1, false), "[2, 3, 4]", "[2, 5, 6]");
        refused(() -> Attention.apply(of(2, 3, 4), of(2, 5, 8), 3, 1, false), "3 heads", "[2, 3, 4]");
        refused(() -> Attention.apply(of(2, 3, 4), of(1, 5, 8), 2, 1, false), "[2, 3, 4]", "[1, 5, 8]");
    }

    @Test
    void refusesImagesThatDoNotFit() {
        refused(() -> Conv2d.apply(of(1, 4, 4, 3), of(2, 3, 3, 4), null, 1, 1), "[1, 4, 4, 3]", "[2, 3, 3, 4]");
        refused(() -> Conv2d.apply(of(1, 4, 4, 3), of(2, 3, 3, 3), of(3), 1, 1), "bias [3]");
        refused(() -> Conv2d.apply(of(1, 2, 2, 3), of(2, 3, 3, 3), null, 1, 0), "padded height is 2");
        refused(() -> MaxPool2d.apply(of(4, 4, 3), 2, 2, 0), "[4, 4, 3]");
        refused(() -> GlobalAvgPool.apply(of(4, 3)), "[4, 3]");
    }

    @Test
    void refusesNormalisationsThatDoNotFit() {
        refused(() -> LayerNorm.apply(of(2, 3), of(2), of(3), 1e-5), "[2, 3]", "gamma [2]");
        refused(() -> BatchNorm.apply(of(2, 3), of(3), of(2), tensor(3), tensor(3), true, 0.1, 1e-5), "beta [2]");
        refused(() -> BatchNorm.apply(of(2, 3), of(3), of(3), tensor(3), tensor(1), true, 0.1, 1e-5), "variance [1]");
        refused(() -> BatchNormRelu.apply(of(2, 3), of(3), of(3), tensor(3), tensor(3), of(3), true, 0.1, 1e-5),
                "residual of shape [3]");
        refused(() -> BatchNorm.apply(of(1, 3), of(3), of(3), tensor(3), tensor(3), true, 0.1, 1e-5),
                "more than one number a channel", "[1, 3]");
        refused(() -> Softmax.apply(of()), "scalar");
    }

    @Test
    void refusesAxesThatAreNotThere() {
        refused(() -> Sum.apply(of(2, 3), 2, false), "[2, 3]", "axis 2");
        refused(() -> Mean.apply(of(2, 3), -3, false), "[2, 3]", "axis -3");
        refused(() -> Slice.apply(of(2, 3), 1, 2, 4), "axis 1", "[2, 3]", "2 to 4");
        refused(() -> Slice.apply(of(2, 3), 0, 2, 1), "2 to 1");
        refused(() -> Concat.apply(1, of(2, 3), of(3, 3)), "[2, 3]", "[3, 3]");
        refused(() -> Concat.apply(0), "at least one");
        refused(() -> Transpose.apply(of(3)), "[3]");
        refused(() -> Reshape.apply(of(2, 3), Shape.of(5)), "[2, 3]", "[5]");
        refused(() -> Expand.apply(of(2), -1), "-1");
    }

    @Test
    void refusesSettingsOutOfRange() {
        refused(() -> Dropout.apply(of(2), 1, 0), "1.0");
        refused(() -> Dropout.apply(of(2), Double.NaN, 0), "NaN");
        refused(() -> BceWithLogits.apply(of(2, 3), tensor(3)), "[2, 3]", "[3]");
        refused(() -> AsymmetricLoss.apply(of(2, 3), tensor(3), 0, 4, 0.05, 1e-8, true), "[2, 3]", "[3]");
        refused(() -> AsymmetricLoss.apply(of(2), tensor(2), -1, 4, 0.05, 1e-8, true), "-1");
    }

    @Test
    void emptyBatchesGiveEmptyResultsAndZeroWeightGradients() {
        Variable weight = of(4, 3);
        try (Tape tape = Tape.start()) {
            Variable y = Linear.apply(of(0, 5, 3), weight, of(4));
            assertThat(y.shape()).isEqualTo(Shape.of(0, 5, 4));
            assertThat(tape.backward(SumAll.apply(y)).get(weight).toDoubles()).containsOnly(0).hasSize(12);
        }
        assertThat(Matmul.apply(of(0, 2, 3), of(3, 2)).shape()).isEqualTo(Shape.of(0, 2, 2));
        assertThat(Matmul.apply(of(2, 0), of(0, 3)).value().toDoubles()).containsOnly(0).hasSize(6);
        assertThat(Add.apply(of(0, 3), of(3)).shape()).isEqualTo(Shape.of(0, 3));
        assertThat(Attention.apply(of(0, 2, 4), of(0, 3, 8), 2, 1, false).output().shape())
                .isEqualTo(Shape.of(0, 2, 4));
        assertThat(Concat.apply(0, of(0, 3), of(2, 3)).shape()).isEqualTo(Shape.of(2, 3));
        assertThat(Slice.apply(of(2, 3), 1, 3, 3).shape()).isEqualTo(Shape.of(2, 0));
        assertThat(Slice.apply(of(2, 3), 0, 1, 1).shape()).isEqualTo(Shape.of(0, 3));
        assertThat(Conv2d.apply(of(0, 4, 4, 3), of(2, 3, 3, 3), null, 1, 1).shape()).isEqualTo(Shape.of(0, 4, 4, 2));
        assertThat(Expand.apply(of(3), 0).shape()).isEqualTo(Shape.of(0, 3));
        assertThat(SumAll.apply(of(0)).value().item()).isZero();
    }
}
