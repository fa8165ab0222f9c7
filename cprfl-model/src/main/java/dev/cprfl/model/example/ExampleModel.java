package dev.cprfl.model.example;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;

/**
 * A whole CPRFL with 2 classes, 4 visual tokens and d = 3 on one image of 8 x 8 pixels. The weights behind the backbone are round
 * numbers; the backbone's are drawn, since what it computes is not the method's own.
 */
final class ExampleModel {

    /** g+, g-, mu. */
    static final AsymmetricLoss LOSS = new AsymmetricLoss(0, 4, 0.05, 1e-8, true, Reduction.MEAN);

    /** One basic block of 2 channels, 4 pixels of the image for one of the map. */
    private static final ResNetConfig BACKBONE = new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1), 2);
    /** d = 3, m = 2, t = 2, H = 1, e = 2, a hidden width of 2, one layer, no dropout. */
    private static final CprflConfig CONFIG = new CprflConfig(BACKBONE, 3, 2, 0.7, 1, 2, 2, 1, 0, PromptInit.MLP,
            CutPath.NONE);

    final Backend backend;
    final Cprfl cprfl;
    /** W: [2, 2]. */
    final Tensor text;
    /** [1, 8, 8, 3]. */
    final Tensor images;
    /** The first class is in the image, the second is not: [1, 2]. */
    final Tensor targets;

    ExampleModel(Backend backend) {
        this.backend = backend;
        Initializer initializer = new Initializer(backend, Rng.of(3));
        text = Tensor.of(backend, Shape.of(2, 2), 0.8, -0.2, -0.3, 0.9);
        cprfl = new Cprfl(CONFIG, text, initializer);
        images = initializer.normal(Shape.of(1, 8, 8, 3), 1);
        targets = Tensor.of(backend, Shape.of(1, 2), 1.0, 0);
        set("tokens.weight", 0.6, -0.4, 0.2, 0.5, -0.3, 0.7);
        set("tokens.bias", 0.1, -0.1, 0);
        set("prompt_initializer.hidden.weight", 0.9, 0.3, -0.5, 0.8);
        set("prompt_initializer.hidden.bias", 0.1, 0.2);
        set("prompt_initializer.output.weight", 0.7, -0.6, 0.4, 0.9, -0.8, 0.5);
        set("prompt_initializer.output.bias", 0.2, 0, -0.1);
        set("interaction.0.to_qkv.weight", 0.9, -0.5, 0.2, -0.3, 0.8, 0.4, // Q
                0.7, 0.1, -0.6, -0.2, 0.9, 0.5, // K
                0.5, -0.7, 0.3, 0.6, 0.2, -0.4); // V
        set("interaction.0.to_out.weight", 0.8, -0.3, 0.4, 0.7, -0.5, 0.6);
        set("interaction.0.to_out.bias", 0, 0.1, -0.1);
        set("interaction.0.mlp_hidden.weight", 0.6, 0.9, -0.2, -0.7, 0.3, 0.8);
        set("interaction.0.mlp_hidden.bias", 0.1, 0);
        set("interaction.0.mlp_output.weight", 0.9, -0.4, 0.3, 0.8, -0.6, 0.5);
        set("interaction.0.mlp_output.bias", 0, -0.2, 0.1);
        cprfl.train(false);
    }

    private void set(String name, double... values) {
        Tensor weight = weight(name);
        weight.setInPlace(Tensor.of(backend, weight.shape(), values));
    }

    /** A weight by its full name. */
    Tensor weight(String name) {
        return cprfl.namedParameters().get(name).value();
    }
}
