package dev.cprfl.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FoldedConvolutionTest {

    private final Backend backend = new ReferenceBackend();
    private final Initializer init = new Initializer(backend, Rng.of(1));

    /** Whole weights at a time, some rows at a time with a rest, and single rows longer than that. */
    @ParameterizedTest
    @CsvSource({"3, 5, 2, true", "700, 50, 1, false", "2, 4000, 3, true"})
    void eachOutputIsScaledAndShifted(int out, int in, int kernel, boolean withBias) {
        Conv2d convolution = new Conv2d(init, in, out, kernel, 1, 0, withBias);
        BatchNorm2d norm = new BatchNorm2d(init, out);
        norm.namedParameters().values().forEach(p -> p.value().setInPlace(init.normal(p.shape(), 1)));
        norm.namedBuffers().values().forEach(b -> b.setInPlace(init.uniform(b.shape(), 1)));
        Tensor variance = norm.namedBuffers().get("running_var");
        variance.setInPlace(Tensor.full(backend, variance.shape(), 0.25));

        FoldedConvolution folded = new FoldedConvolution(convolution, norm);

        Map<String, double[]> p = values(norm);
        double[] weight = convolution.weight().value().toDoubles();
        double[] bias = withBias ? convolution.bias().value().toDoubles() : new double[out];
        double[] foldedWeight = folded.weight().toDoubles();
        double[] foldedBias = folded.bias().toDoubles();
        int perOutput = weight.length / out;
        for (int o = 0; o < out; o++) {
            double scale = p.get("weight")[o] / Math.sqrt(0.25 + 1e-5);
            for (int i = o * perOutput; i < (o + 1) * perOutput; i++) {
                assertThat(foldedWeight[i]).isEqualTo(weight[i] * scale);
            }
            assertThat(foldedBias[o])
                    .isEqualTo(bias[o] * scale + (p.get("bias")[o] - p.get("running_mean")[o] * scale));
        }
    }

    private static Map<String, double[]> values(BatchNorm2d norm) {
        return Map.of("weight", norm.namedParameters().get("weight").value().toDoubles(),
                "bias", norm.namedParameters().get("bias").value().toDoubles(),
                "running_mean", norm.namedBuffers().get("running_mean").toDoubles());
    }

    @Test
    void anotherNumberOfChannelsIsRefused() {
        Conv2d convolution = new Conv2d(init, 2, 3, 1, 1, 0, false);
        BatchNorm2d norm = new BatchNorm2d(init, 4);
        assertThatThrownBy(() -> new FoldedConvolution(convolution, norm)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 channels");
    }
}
