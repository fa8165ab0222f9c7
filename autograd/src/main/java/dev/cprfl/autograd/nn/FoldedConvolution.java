package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.Memory;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * A convolution with the batch normalisation after it as one convolution, for inference. The running statistics are constants,
 * so gamma (conv(x) - mean) / sqrt(var + eps) + beta is a convolution with scaled weights and another bias. It holds copies:
 * later changes of the layers do not show. It is not recorded by a tape.
 */
public final class FoldedConvolution {

    /** Numbers scaled at a time: they stay in the caches. */
    private static final int BLOCK = 1 << 15;

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
        double[] biases = convolution.bias() == null ? new double[out] : convolution.bias().value().toDoubles();
        for (int o = 0; o < out; o++) {
            biases[o] = biases[o] * scales[o] + shifts[o];
        }
        weight = scaledRows(original, scales);
        bias = Tensor.of(original.backend(), Shape.of(out), biases);
        original.backend().freeze(weight.storage());
    }

    /** Row r of x times scales[r], some rows at a time. */
    private static Tensor scaledRows(Tensor x, double[] scales) {
        Memory memory = x.backend().memory();
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        int width = x.length() / scales.length;
        int atATime = Math.clamp(BLOCK / width, 1, scales.length);
        double[] block = new double[atATime * width];
        for (int from = 0; from < scales.length; from += atATime) {
            int to = Math.min(scales.length, from + atATime);
            memory.read(x.rows(from, to).storage(), block, 0);
            for (int row = from; row < to; row++) {
                scale(block, (row - from) * width, width, scales[row]);
            }
            memory.write(block, 0, y.rows(from, to).storage());
        }
        return y;
    }

    private static void scale(double[] x, int at, int length, double factor) {
        for (int i = at; i < at + length; i++) {
            x[i] *= factor;
        }
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
