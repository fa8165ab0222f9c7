package dev.cprfl.bench;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.cli.Calibration;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** A network of random weights with images and labels: the same numbers for us and for our peers. */
final class Subject {

    static final int CLASSES = 80;

    final RunConfig config = RunConfig.defaults();
    final Classifier model;
    /** [B, H, W, 3]. */
    final Tensor images;
    /** [B, c]. */
    final Tensor targets;

    Subject(Network network, Backend backend) {
        Initializer initializer = new Initializer(backend, Rng.of(1));
        model = network.cprfl
                ? new Cprfl(config.network(), initializer.normal(Shape.of(CLASSES, config.textDim()), 1), initializer)
                : new LinearClassifier(config.resNet(), CLASSES, initializer);
        Calibration.of(model, initializer);
        if (!network.training) {
            model.prepareInference();
        }
        images = initializer.normal(Shape.of(network.batch, network.pixels, network.pixels, 3), 1);
        float[] labels = new float[network.batch * CLASSES];
        for (int i = 0; i < labels.length; i += 20) {
            labels[i] = 1; // four of 80 classes an image, as in COCO
        }
        targets = Tensor.of(backend, Shape.of(network.batch, CLASSES), labels);
    }
}
