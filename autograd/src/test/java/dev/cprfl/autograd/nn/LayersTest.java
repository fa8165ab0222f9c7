package dev.cprfl.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayersTest {

    private final ReferenceBackend backend = new ReferenceBackend();
    private final Initializer init = new Initializer(backend, Rng.of(1));

    @Test
    void namesAreThoseOfPyTorch() {
        Module model = new Sequential(new Conv2d(init, 3, 8, 3, 1, 1, false), new BatchNorm2d(init, 8),
                Layer.of(Relu::apply), new Sequential(new Linear(init, 8, 4), new LayerNorm(init, 4)));
        assertThat(model.namedParameters()).containsOnlyKeys("0.weight", "1.weight", "1.bias", "3.0.weight", "3.0.bias",
                "3.1.weight", "3.1.bias");
        assertThat(model.namedBuffers()).containsOnlyKeys("1.running_mean", "1.running_var");
        assertThat(model.namedCounters()).containsOnlyKeys("1.num_batches_tracked");
        assertThat(new MultiHeadAttention(init, 8, 2).namedParameters()).containsOnlyKeys("in_proj_weight",
                "in_proj_bias", "out_proj.weight", "out_proj.bias");
        assertThat(new Embedding(init, 5, 3).namedParameters()).containsOnlyKeys("weight");
    }

    @Test
    void linearStartsUniformByFanIn() {
        Linear linear = new Linear(init, 100, 300);
        assertUniform(linear.weight().value(), 0.1);
        assertUniform(linear.bias().value(), 0.1);
    }

    @Test
    void convolutionStartsUniformByFanIn() {
        assertUniform(new Conv2d(init, 16, 40, 5, 1, 0, true).weight().value(), 0.05);
    }

    @Test
    void kaimingNormalHasTheVarianceOfTheFanOut() {
        double[] weights = init.kaimingNormalFanOut(Shape.of(50, 3, 3, 40)).toDoubles();
        double variance = Arrays.stream(weights).map(w -> w * w).average().orElseThrow();
        assertThat(variance).isCloseTo(2.0 / 450, within(0.03 * 2 / 450));
        assertThat(Arrays.stream(weights).average().orElseThrow()).isCloseTo(0, within(0.002));
    }

    @Test
    void unsetLeavesTheMemoryAsItIsButKeepsConstants() {
        Tensor.full(backend, Shape.of(2, 3), Double.NaN).release();
        Initializer unset = Initializer.unset(backend);
        assertThat(new Linear(unset, 3, 2).weight().value().toDoubles()).containsOnly(Double.NaN);
        assertThat(new LayerNorm(unset, 3).namedParameters().get("weight").value().toDoubles()).containsOnly(1);
    }

    @Test
    void batchNormCountsTrainingBatchesOnly() {
        BatchNorm2d norm = new BatchNorm2d(init, 2);
        Variable x = Variable.constant(Tensor.of(backend, Shape.of(1, 1, 2, 2), 1.0, 10, 3, 30));
        norm.forward(x);
        assertThat(norm.namedCounters().get("num_batches_tracked")[0]).isEqualTo(1);
        double[] mean = norm.namedBuffers().get("running_mean").toDoubles();
        assertThat(mean).containsExactly(0.2, 2);
        norm.train(false);
        norm.forward(x);
        assertThat(norm.namedCounters().get("num_batches_tracked")[0]).isEqualTo(1);
        assertThat(norm.namedBuffers().get("running_mean").toDoubles()).isEqualTo(mean);
    }

    @Test
    void dropoutMaskDependsOnSeedStepAndLayerOnly() {
        Sequential model = new Sequential(new Dropout(0.5), new Dropout(0.5));
        Variable x = Variable.constant(Tensor.full(backend, Shape.of(200), 1));
        model.seed(7, 1);
        double[] first = model.forward(x).value().toDoubles();
        assertThat(model.forward(x).value().toDoubles()).isNotEqualTo(first);
        model.seed(7, 2);
        assertThat(model.forward(x).value().toDoubles()).isNotEqualTo(first);
        model.seed(7, 1);
        assertThat(model.forward(x).value().toDoubles()).isEqualTo(first);
        // Two independent masks of one half each keep a quarter, scaled by four.
        assertThat(Arrays.stream(first).filter(y -> y == 4).count()).isBetween(30L, 70L);
        assertThat(Arrays.stream(first).filter(y -> y != 4)).containsOnly(0.0);
    }

    @Test
    void dropoutPassesOnInEvaluation() {
        Dropout dropout = new Dropout(0.5);
        dropout.train(false);
        Variable x = Variable.constant(Tensor.full(backend, Shape.of(3), 1));
        assertThat(dropout.forward(x)).isSameAs(x);
    }

    @Test
    void attentionHasRightGradients() {
        MultiHeadAttention attention = new MultiHeadAttention(init, 6, 2);
        Variable x = Variable.constant(init.normal(Shape.of(2, 3, 6), 1));
        Map<String, Parameter> leaves = attention.namedParameters();
        GradCheck.Result worst = GradCheck.elements(() -> attention.forward(x, true), leaves);
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    @Test
    void attentionRefusesAWidthThatDoesNotSplit() {
        assertThatThrownBy(() -> new MultiHeadAttention(init, 8, 3)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width 8 does not split into 3 heads");
    }

    private static void assertUniform(Tensor tensor, double bound) {
        double[] values = tensor.toDoubles();
        assertThat(Arrays.stream(values).min().orElseThrow()).isBetween(-bound * 1.000001, -bound * 0.95);
        assertThat(Arrays.stream(values).max().orElseThrow()).isBetween(bound * 0.95, bound * 1.000001);
        double variance = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
        assertThat(variance).isCloseTo(bound * bound / 3, within(0.2 * bound * bound / 3));
    }
}
