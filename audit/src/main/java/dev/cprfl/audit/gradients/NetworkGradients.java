package dev.cprfl.audit.gradients;

import dev.cprfl.audit.Check;
import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;

/** The gradients of a whole small network, from the loss back to every parameter on both paths (E10). */
public final class NetworkGradients {

    /** The focusing weight is differentiated, so that finite differences see the same gradient. */
    private static final Loss LOSS = new AsymmetricLoss(1, 4, 0.05, 1e-8, false, Reduction.MEAN);

    /** Larger steps nearly always cross a ReLU; from 1e-5 on they would be so small that rounding drowns some slopes. */
    private static final double LARGEST_STEP = 1e-4;

    private static final int CLASSES = 3;

    private NetworkGradients() {}

    /** With one and two encoder layers, and with dropout. */
    public static List<Check> all(Backend reference) {
        return List.of(check(reference, 1, 0), check(reference, 2, 0), check(reference, 1, 0.3));
    }

    private static Check check(Backend reference, int depth, double dropout) {
        return GradientChecks.check("network", "depth " + depth + ", dropout " + dropout,
                () -> slopes(reference, depth, dropout));
    }

    private static GradCheck.Result slopes(Backend reference, int depth, double dropout) {
        Initializer initializer = new Initializer(reference, Rng.of(7));
        CprflConfig config = new CprflConfig(
                new ResNetConfig(ResNetConfig.Block.BOTTLENECK, List.of(1, 1, 1, 1), 2), 10, 6, 0.5, 2, 3, 7, depth,
                dropout, PromptInit.MLP, CutPath.NONE);
        Cprfl model = new Cprfl(config, initializer.normal(Shape.of(CLASSES, 6), 1), initializer);
        Variable images = Variable
                .constant(new Initializer(reference, Rng.of(9)).normal(Shape.of(2, 33, 33, 3), 1));
        Tensor targets = Tensor.of(reference, Shape.of(2, CLASSES), 1.0, 0, 1, 0, 0, 1);
        return GradCheck.directions(() -> {
            model.seed(4); // the same numbers are dropped at every call
            return LOSS.apply(model.logits(images), targets);
        }, model.namedParameters(), 2, LARGEST_STEP);
    }
}
