package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.function.Supplier;

/**
 * Two-dimensional convolution (cross-correlation) with zero padding: y[b,p,q,o] = bias[o] + sum over r,s,i of
 * x[b, p stride + r - padding, q stride + s - padding, i] w[o,r,s,i].
 *
 * <p>dx sends each dy back through the weights it came by, dw[o,r,s,i] sums dy[b,p,q,o] times the x above, dbias sums dy over
 * all pixels. PyTorch: {@code conv2d} with groups 1 and dilation 1, channels last.
 */
public final class Conv2d {

    /**
     * With so few multiply-adds for each number, the result is computed again for the backward pass rather than kept: the stem
     * of a ResNet and the 1x1 convolutions of its first two stages, where images are large and channels few. A device spends
     * its time on memory traffic, and these have most of it: there they are kept.
     */
    private static final int CHEAP = 160;

    private Conv2d() {}

    /**
     * @param x [batch, height, width, in]
     * @param weight w: [out, kernelHeight, kernelWidth, in]
     * @param bias [out], or null
     * @return [batch, outHeight, outWidth, out], out extent = (extent + 2 padding - kernel) / stride + 1, rounded down
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(Variable x, Variable weight, Variable bias, int stride, int padding) {
        ConvShape shape = shape(x.shape(), weight.shape(), bias == null ? null : bias.shape(), stride, padding);
        Backend backend = x.backend();
        Supplier<Tensor> forward = () -> {
            Tensor y = Tensor.allocate(backend,
                    Shape.of(shape.batch(), shape.outHeight(), shape.outWidth(), shape.outChannels()));
            backend.conv2d(shape, x.value().storage(), weight.value().storage(),
                    bias == null ? null : bias.value().storage(), y.storage());
            return y;
        };
        Tape.Backward backward = (dy, gradients) -> {
            if (gradients.needs(x)) {
                Tensor dx = Tensor.allocate(backend, x.shape());
                backend.conv2dBackwardInput(shape, dy.storage(), weight.value().storage(), dx.storage());
                gradients.add(x, dx);
            }
            if (gradients.needs(weight)) {
                Tensor dw = Tensor.allocate(backend, weight.shape());
                backend.conv2dBackwardWeight(shape, x.value().storage(), dy.storage(), dw.storage());
                gradients.add(weight, dw);
            }
            if (gradients.needs(bias)) {
                Tensor db = Tensor.allocate(backend, bias.shape());
                backend.sum(new ReduceShape(1, shape.outPixels(), shape.outChannels()), dy.storage(), db.storage());
                gradients.add(bias, db);
            }
        };
        return shape.patchLength() <= CHEAP && !backend.isDevice()
                ? Tape.recordComputable(forward.get(), forward, backward, x, weight, bias)
                : Tape.record(forward.get(), backward, x, weight, bias);
    }

    /**
     * The shape of a convolution.
     *
     * @param bias of the bias, or null
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static ConvShape shape(Shape x, Shape weight, Shape bias, int stride, int padding) {
        boolean fits = x.rank() == 4 && weight.rank() == 4 && x.extent(3) == weight.extent(3)
                && (bias == null || bias.equals(Shape.of(weight.extent(0))));
        if (!fits) {
            throw new IllegalArgumentException(
                    "convolution needs x [batch, height, width, in], weight [out, kernelHeight,"
                            + " kernelWidth, in], bias [out] or none; got x " + x + ", weight " + weight + ", bias "
                            + (bias == null ? "none" : bias));
        }
        return new ConvShape(x.extent(0), x.extent(1), x.extent(2), x.extent(3), weight.extent(0), weight.extent(1),
                weight.extent(2), stride, padding);
    }
}
