package dev.cprfl.bench;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * ResNet-101 as a whole, for comparison with other libraries; {@code cprfl bench} times training steps and CPRFL. Run these
 * alone with the argument {@code \.Networks}.
 */
public class Networks extends OnBackend {

    @Param
    public Network shape;

    private ResNet network;
    private Tensor images;

    /** In evaluation the fresh running statistics let activations grow to some 10^7, far from denormals and infinity. */
    @Override
    void prepare() {
        Initializer initializer = new Initializer(backend, Rng.of(1));
        network = new ResNet(ResNetConfig.named("resnet101"), initializer);
        network.train(shape.backward);
        images = initializer.normal(Shape.of(shape.batch, shape.pixels, shape.pixels, 3), 1);
    }

    @Benchmark
    public void ours() {
        if (!shape.backward) {
            try (Scope _ = Scope.open()) {
                network.forward(Variable.constant(images)).value();
            }
            return;
        }
        try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
            tape.backward(MeanAll.apply(network.forward(Variable.constant(images)))).release();
        }
    }
}
