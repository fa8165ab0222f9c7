package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The convolutions of {@link Convolutions} in PyTorch, forward only: its gradients cannot be called one by one from DJL. */
public class PeerConvolutions extends OnPyTorch {

    @Param
    public Convolution shape;

    private NDArray x;
    private NDArray w;

    @Override
    void prepare() {
        super.prepare();
        x = array(1, shape.in, shape.pixels, shape.pixels);
        w = array(shape.out, shape.in, shape.kernel, shape.kernel);
    }

    @Benchmark
    public void pytorchForward() {
        int padding = shape.kernel / 2;
        call(x, images -> Conv2d.conv2d(images, w, null, new Shape(shape.stride, shape.stride),
                new Shape(padding, padding)));
    }
}
