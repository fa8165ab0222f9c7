package dev.cprfl.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks that PyTorch is timed with compute what ours compute: logits, loss, and weights after training steps. */
class PyTorchTest {

    private static final int CLASSES = 5;
    /**
     * Ours is in double, PyTorch's in float. With this seed no ReLU and no pooling window is so near its kink that the
     * rounding decides which way the gradient goes; with 4 one is, and AdamW makes 5e-4 of it in a single step.
     */
    private static final int SEED = 3;

    /** With AdamW's usual eps, gradients that are nothing but rounding errors would move weights as far as others do. */
    private static final RunConfig CONFIG = RunConfig.load(null, null,
            List.of("backbone={block: bottleneck, layers: [2, 1, 2], width: 8}", "jointDim=24", "textDim=6", "heads=3",
                    "headDim=4", "mlpDim=20", "dropout=0", "training.lr=0.01", "training.eps=0.01",
                    "training.divFactor=1",
                    "training.finalDivFactor=1", "training.cycleMomentum=false", "training.backboneLrFactor=1"));

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void agrees(boolean channelsLast) {
        System.setProperty("ai.djl.offline", "true");
        try (Backend backend = Backends.open("reference", 1); NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Initializer initializer = new Initializer(backend, Rng.of(SEED));
            Cprfl model = new Cprfl(CONFIG.network(), initializer.normal(Shape.of(CLASSES, 6), 1), initializer);
            Tensor images = initializer.normal(Shape.of(4, 32, 48, 3), 1);
            Tensor targets = Tensor.of(backend, Shape.of(4, CLASSES), 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1,
                    0, 0, 0f);
            TorchWeights weights = new TorchWeights(manager, true, channelsLast);
            TorchCprfl peer = new TorchCprfl(model, weights, true);
            TorchTraining training = new TorchTraining(weights.trained, CONFIG);
            NDArray input = weights.constant(images, Layout.CONVOLUTION);
            NDArray labels = weights.constant(targets, Layout.PLAIN);
            Learner learner = new Learner(model, CONFIG.lossFunction(null), CONFIG.training(), 100);
            double[] start = StateDict.export(model).get("backbone.conv1.weight").toDoubles();
            for (int step = 0; step < 3; step++) {
                float loss;
                try (GradientCollector gradients = Engine.getEngine("PyTorch").newGradientCollector()) {
                    NDArray value = training.loss(peer.logits(input), labels);
                    gradients.backward(value);
                    loss = value.getFloat();
                }
                training.step(step + 1);
                assertThat(learner.step(step, images, targets)).as("step " + step)
                        .isCloseTo(loss, within(1e-5 * loss));
            }
            float[] first = weights.trained.getFirst().toFloatArray();
            double[] ours = StateDict.export(model).get("backbone.conv1.weight").toDoubles();
            assertThat(ours).isNotEqualTo(start);
            for (int i = 0; i < ours.length; i++) {
                assertThat((double) first[i]).isCloseTo(ours[i], within(1e-6));
            }
            assertForwardAgrees(model, images, manager, channelsLast);
        }
    }

    @Test
    void textEncoderAgrees() {
        System.setProperty("ai.djl.offline", "true");
        try (Backend backend = Backends.open("reference", 1); NDManager manager = NDManager.newBaseManager("PyTorch")) {
            TextConfig config = new TextConfig(11, 7, 12, 3, 2, 5, TextConfig.Activation.QUICK_GELU);
            TextEncoder model = new TextEncoder(config, new Initializer(backend, Rng.of(SEED)));
            List<int[]> texts = List.of(new int[]{9, 3, 4, 10}, new int[]{9, 1, 2, 5, 8, 10}, new int[]{9, 10});
            TorchText peer = new TorchText(model, new TorchWeights(manager, false, false), manager, texts);
            double[] ours = model.embed(texts).toDoubles();
            float[] theirs = peer.encode().toFloatArray();
            assertThat(theirs).hasSize(ours.length);
            for (int i = 0; i < ours.length; i++) {
                assertThat((double) theirs[i]).isCloseTo(ours[i], within(1e-5));
            }
        }
    }

    private static void assertForwardAgrees(Cprfl model, Tensor images, NDManager manager, boolean channelsLast) {
        model.prepareInference();
        double[] ours = model.logits(Variable.constant(images)).value().toDoubles();
        TorchWeights weights = new TorchWeights(manager, false, channelsLast);
        NDArray input = weights.constant(images, Layout.CONVOLUTION);
        float[] theirs = new TorchCprfl(model, weights, false).logits(input).toFloatArray();
        double largest = 0;
        for (double logit : ours) {
            largest = Math.max(largest, Math.abs(logit));
        }
        for (int i = 0; i < ours.length; i++) {
            assertThat((double) theirs[i]).isCloseTo(ours[i], within(1e-5 * largest));
        }
    }
}
