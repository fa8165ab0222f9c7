package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * A convolution with the batch normalisation after it as one convolution, for inference. The running statistics are constants,
 * so gamma (conv(x) - mean) / sqrt(var + eps) + beta is a convolution with scaled weights and another bias. It holds copies:
 * later changes of the layers do not show. It is not recorded by a tape.
 */
public final class FoldedConvolution {

    private final Tensor weight;
    private final Tensor bias;
    private final int stride;
    private final int padding;

    /** @throws IllegalArgumentException if the normalisation has another number of channels than the convolution */
    public FoldedConvolution(Conv2d convolution, BatchNorm2d norm) {
        stride = convolution.stride();
        padding = convolution.padding();
        Tensor original = convolution.weight().value();
        double[] scales = norm.scales();
        double[] shifts = norm.shifts();
        int out = original.shape().extent(0);
        if (scales.length != out) {
            throw new IllegalArgumentException(
                    "a normalisation of " + scales.length + " channels cannot follow weights " + original.shape());
        }
        double[] weights = original.toDoubles();
        double[] biases = convolution.bias() == null ? new double[out] : convolution.bias().value().toDoubles();
        int perOutput = weights.length / out;
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= scales[i / perOutput];
        }
        for (int o = 0; o < out; o++) {
            biases[o] = biases[o] * scales[o] + shifts[o];
        }
        weight = Tensor.of(original.backend(), original.shape(), weights);
        bias = Tensor.of(original.backend(), Shape.of(out), biases);
        original.backend().freeze(weight.storage());
    }

    /** norm(convolution(x)); x is [batch, height, width, in]. */
    public Variable forward(Variable x) {
        ConvShape shape = shape(x);
        Tensor y = allocate(x.backend(), shape);
        x.backend().conv2d(shape, x.value().storage(), weight.storage(), bias.storage(), y.storage());
        return Variable.constant(y);
    }

    /**
     * relu(norm(convolution(x)) + residual).
     *
     * @param residual of the result's shape, or null
     */
    public Variable forwardRelu(Variable x, Variable residual) {
        ConvShape shape = shape(x);
        Tensor y = allocate(x.backend(), shape);
        x.backend().conv2dRelu(shape, x.value().storage(), weight.storage(), bias.storage(),
                residual == null ? null : residual.value().storage(), y.storage());
        return Variable.constant(y);
    }

    private ConvShape shape(Variable x) {
        return dev.cprfl.autograd.ops.Conv2d.shape(x.shape(), weight.shape(), bias.shape(), stride, padding);
    }

    private static Tensor allocate(Backend backend, ConvShape shape) {
        return Tensor.allocate(backend,
                Shape.of(shape.batch(), shape.outHeight(), shape.outWidth(), shape.outChannels()));
    }

    /** [out, kernelHeight, kernelWidth, in]. */
    public Tensor weight() {
        return weight;
    }

    /** [out]. */
    public Tensor bias() {
        return bias;
    }

    public int stride() {
        return stride;
    }

    public int padding() {
        return padding;
    }

    /** Gives the copies back to the pool. */
    public void release() {
        weight.release();
        bias.release();
    }
}
