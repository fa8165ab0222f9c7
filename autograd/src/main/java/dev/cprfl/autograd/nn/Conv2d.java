package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * Convolution with square kernels. {@code weight} is [out, kernel, kernel, in] inside and [out, in, kernel, kernel] in files,
 * {@code bias} is [out]. PyTorch: {@code nn.Conv2d}, its default start values.
 */
public final class Conv2d extends Layer {

    private final Parameter weight;
    private final Parameter bias;
    private final int stride;
    private final int padding;

    public Conv2d(Initializer init, int in, int out, int kernel, int stride, int padding, boolean withBias) {
        this(init.fanInUniform(Shape.of(out, kernel, kernel, in), kernel * kernel * in),
                withBias ? init.fanInUniform(Shape.of(out), kernel * kernel * in) : null, stride, padding);
    }

    /**
     * A layer that starts from these weights and owns them.
     *
     * @param weight [out, kernelHeight, kernelWidth, in]
     * @param bias [out], or null
     */
    public Conv2d(Tensor weight, Tensor bias, int stride, int padding) {
        this.weight = parameter("weight", weight, Parameter.Layout.CONVOLUTION);
        this.bias = bias == null ? null : parameter("bias", bias);
        this.stride = stride;
        this.padding = padding;
    }

    /**
     * @param x [batch, height, width, in]
     * @return [batch, outHeight, outWidth, out]
     */
    @Override
    public Variable forward(Variable x) {
        return dev.cprfl.autograd.ops.Conv2d.apply(x, weight, bias, stride, padding);
    }

    public Parameter weight() {
        return weight;
    }

    /** [out], or null. */
    Parameter bias() {
        return bias;
    }

    public int stride() {
        return stride;
    }

    public int padding() {
        return padding;
    }
}
