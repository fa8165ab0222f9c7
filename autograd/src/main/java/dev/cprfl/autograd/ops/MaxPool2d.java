package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.PoolShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * y = the largest number of each window, the padding never winning; dx gets each dy at the first maximum of its window, in
 * row-major order. PyTorch: {@code max_pool2d}, channels last.
 */
public final class MaxPool2d {

    private MaxPool2d() {}

    /**
     * @param x [batch, height, width, channels]
     * @param kernel height and width of a window
     * @return [batch, outHeight, outWidth, channels], out extent = (extent + 2 padding - kernel) / stride + 1, rounded down
     * @throws IllegalArgumentException if x is no batch of images or a window does not fit
     */
    public static Variable apply(Variable x, int kernel, int stride, int padding) {
        Shape in = x.shape();
        if (in.rank() != 4) {
            throw new IllegalArgumentException("max-pooling needs x [batch, height, width, channels], got " + in);
        }
        PoolShape shape = new PoolShape(in.extent(0), in.extent(1), in.extent(2), in.extent(3), kernel, stride,
                padding);
        Tensor y = Tensor.allocate(x.backend(),
                Shape.of(shape.batch(), shape.outHeight(), shape.outWidth(), shape.channels()));
        x.backend().maxPool2d(shape, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = Tensor.allocate(x.backend(), in);
            x.backend().maxPool2dBackward(shape, x.value().storage(), dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
