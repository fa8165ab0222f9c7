package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;

/**
 * y = the mean of each window of kernel times kernel pixels, the windows side by side; dx = dy / kernel^2 in each. Pixels left
 * over at the right and the bottom fall away. PyTorch: {@code avg_pool2d(kernel)}, channels last.
 */
public final class AvgPool2d {

    private AvgPool2d() {}

    /**
     * @param x [batch, height, width, channels]
     * @param kernel height and width of a window
     * @return [batch, height / kernel, width / kernel, channels], rounded down
     * @throws IllegalArgumentException if x is no batch of images or a window does not fit
     */
    public static Variable apply(Variable x, int kernel) {
        Shape in = x.shape();
        if (in.rank() != 4 || kernel < 1 || in.extent(1) < kernel || in.extent(2) < kernel) {
            throw new IllegalArgumentException("average pooling of windows of " + kernel
                    + " pixels needs x [batch, height, width, channels] of at least that size, got " + in);
        }
        int batch = in.extent(0);
        int height = in.extent(1) / kernel;
        int width = in.extent(2) / kernel;
        int channels = in.extent(3);
        Variable whole = cropped(cropped(x, 1, height * kernel), 2, width * kernel);
        // First the rows of a window, then its columns.
        Variable rows = Reduction.apply(whole, new ReduceShape(batch * height, kernel, width * kernel * channels),
                Shape.of(batch, height, width * kernel, channels), 1.0 / kernel);
        Variable y = Reduction.apply(rows, new ReduceShape(batch * height * width, kernel, channels),
                Shape.of(batch, height, width, channels), 1.0 / kernel);
        Tape.forget(rows);
        return y;
    }

    private static Variable cropped(Variable x, int axis, int extent) {
        return x.shape().extent(axis) == extent ? x : Slice.apply(x, axis, 0, extent);
    }
}
