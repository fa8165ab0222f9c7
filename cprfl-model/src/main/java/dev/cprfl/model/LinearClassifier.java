package dev.cprfl.model;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.ops.GlobalAvgPool;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.resnet.ResNetConfig;

/** The usual baseline: a ResNet, the mean over all pixels, one linear layer. Names: backbone.*, fc.*. */
public final class LinearClassifier extends Classifier {

    private final ResNet backbone;
    private final Linear fc;

    /** @param classes c */
    public LinearClassifier(ResNetConfig config, int classes, Initializer initializer) {
        backbone = child("backbone", new ResNet(config, initializer));
        fc = child("fc", new Linear(initializer, config.outChannels(), classes));
    }

    @Override
    public ResNet backbone() {
        return backbone;
    }

    @Override
    public int classes() {
        return fc.bias().shape().extent(0);
    }

    @Override
    public void prepareInference() {
        train(false);
        backbone.fold();
        fc.freeze();
    }

    @Override
    public Variable logits(Variable images) {
        Variable map = backbone.forward(images);
        Variable logits = logitsOf(map);
        Tape.forget(map);
        return logits;
    }

    @Override
    public Variable logitsOf(Variable map) {
        Variable pooled = GlobalAvgPool.apply(map);
        Variable logits = fc.forward(pooled);
        Tape.forget(pooled);
        return logits;
    }
}
