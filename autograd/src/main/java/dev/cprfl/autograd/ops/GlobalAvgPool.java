package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;

/** y[b, c] = the mean of channel c over the pixels of image b; dx = dy / pixels at each. PyTorch: {@code adaptive_avg_pool2d(1)}. */
public final class GlobalAvgPool {

    private GlobalAvgPool() {}

    /**
     * @param x [batch, height, width, channels]
     * @return [batch, channels]
     * @throws IllegalArgumentException if x is no batch of images
     */
    public static Variable apply(Variable x) {
        Shape shape = x.shape();
        if (shape.rank() != 4) {
            throw new IllegalArgumentException(
                    "average pooling needs x [batch, height, width, channels], got " + shape);
        }
        int pixels = shape.length(1, 3);
        return Reduction.apply(x, new ReduceShape(shape.extent(0), pixels, shape.extent(3)),
                Shape.of(shape.extent(0), shape.extent(3)), 1.0 / pixels);
    }
}
