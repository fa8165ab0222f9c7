package dev.cprfl.model;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;

/** A network of a few thousand weights, on the reference backend unless another is named, with a batch of two images of 40 x 72 pixels. */
final class SmallModel implements AutoCloseable {

    static final int CLASSES = 3;

    final Backend backend;
    final Cprfl model;
    final Tensor images;
    final Tensor targets;

    SmallModel(int depth) {
        this("reference", depth);
    }

    SmallModel(String backend, int depth) {
        this(backend, depth, 0, CutPath.NONE);
    }

    SmallModel(int depth, double dropout, CutPath cutPath) {
        this("reference", depth, dropout, cutPath);
    }

    private SmallModel(String backendName, int depth, double dropout, CutPath cutPath) {
        backend = Backends.open(backendName, 1);
        Initializer initializer = new Initializer(backend, Rng.of(7));
        CprflConfig config = new CprflConfig(
                new ResNetConfig(ResNetConfig.Block.BOTTLENECK, List.of(1, 1, 1, 1), 2), 10, 6, 0.5, 2, 3, 7, depth,
                dropout, PromptInit.MLP, cutPath);
        model = new Cprfl(config, initializer.normal(Shape.of(CLASSES, 6), 1), initializer);
        images = initializer.normal(Shape.of(2, 40, 72, 3), 1);
        targets = Tensor.of(backend, Shape.of(2, CLASSES), 1, 0, 1, 0, 0, 1f);
    }

    @Override
    public void close() {
        backend.close();
    }
}
