package dev.cprfl.kernels;

/**
 * The integers of a max-pool on NHWC images: x is [batch, height, width, channels], y is [batch, outHeight, outWidth,
 * channels]. Padding never wins: it counts as minus infinity (PyTorch's {@code max_pool2d}, dilation 1, floor mode).
 */
public record PoolShape(int batch, int height, int width, int channels, int kernel, int stride, int padding) {

    public PoolShape {
        Checks.atLeast(0, batch, "batch");
        Checks.atLeast(1, height, "height");
        Checks.atLeast(1, width, "width");
        Checks.atLeast(1, channels, "channels");
        Checks.atLeast(1, kernel, "kernel");
        Checks.atLeast(1, stride, "stride");
        Checks.atLeast(0, padding, "padding");
        Checks.atLeast(2 * padding, kernel, "kernel (padding may be at most half of it)");
        Checks.atLeast(kernel, height + 2 * padding, "padded height");
        Checks.atLeast(kernel, width + 2 * padding, "padded width");
    }

    public int outHeight() {
        return (height + 2 * padding - kernel) / stride + 1;
    }

    public int outWidth() {
        return (width + 2 * padding - kernel) / stride + 1;
    }

    /** Length of x. */
    public int inputLength() {
        return batch * height * width * channels;
    }

    /** Length of y. */
    public int outputLength() {
        return batch * outHeight() * outWidth() * channels;
    }
}
