package dev.cprfl.kernels;

/**
 * The integers of a two-dimensional convolution on NHWC images with OHWI weights (PyTorch's {@code conv2d} with groups 1
 * and dilation 1, channels last).
 *
 * <p>x is [batch, height, width, inChannels], w is [outChannels, kernelHeight, kernelWidth, inChannels], y is
 * [batch, outHeight, outWidth, outChannels]. Padding is with zeros.
 */
public record ConvShape(int batch, int height, int width, int inChannels, int outChannels, int kernelHeight,
        int kernelWidth, int stride, int padding) {

    public ConvShape {
        Checks.atLeast(0, batch, "batch");
        Checks.atLeast(1, height, "height");
        Checks.atLeast(1, width, "width");
        Checks.atLeast(1, inChannels, "inChannels");
        Checks.atLeast(1, outChannels, "outChannels");
        Checks.atLeast(1, kernelHeight, "kernelHeight");
        Checks.atLeast(1, kernelWidth, "kernelWidth");
        Checks.atLeast(1, stride, "stride");
        Checks.atLeast(0, padding, "padding");
        Checks.atLeast(kernelHeight, height + 2 * padding, "padded height");
        Checks.atLeast(kernelWidth, width + 2 * padding, "padded width");
    }

    public int outHeight() {
        return (height + 2 * padding - kernelHeight) / stride + 1;
    }

    public int outWidth() {
        return (width + 2 * padding - kernelWidth) / stride + 1;
    }

    /** Length of x. */
    public int inputLength() {
        return batch * height * width * inChannels;
    }

    /** Length of w. */
    public int weightLength() {
        return outChannels * patchLength();
    }

    /** Length of y. */
    public int outputLength() {
        return outPixels() * outChannels;
    }

    /** Output pixels of the whole batch: the rows of the equivalent matrix product. */
    public int outPixels() {
        return batch * outHeight() * outWidth();
    }

    /** Numbers under the kernel at one output pixel: the summed dimension of the equivalent matrix product. */
    public int patchLength() {
        return kernelHeight * kernelWidth * inChannels;
    }
}
