package dev.cprfl.bench;

import dev.cprfl.kernels.Storage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Every convolution of ResNet-101 and its two gradients. Run these alone with the argument {@code \.Convolutions}. */
public class Convolutions extends OnBackend {

    @Param
    public Convolution shape;

    private Storage x;
    private Storage w;
    private Storage y;

    @Override
    void prepare() {
        x = random(shape.shape().inputLength());
        w = random(shape.shape().weightLength());
        y = random(shape.shape().outputLength());
    }

    @Benchmark
    public Storage forward() {
        backend.conv2d(shape.shape(), x, w, null, y);
        return y;
    }

    @Benchmark
    public Storage toInput() {
        backend.conv2dBackwardInput(shape.shape(), y, w, x);
        return x;
    }

    @Benchmark
    public Storage toWeights() {
        backend.conv2dBackwardWeight(shape.shape(), x, y, w);
        return w;
    }
}
