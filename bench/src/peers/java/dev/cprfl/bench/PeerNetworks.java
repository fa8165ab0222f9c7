package dev.cprfl.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.tensor.Rng;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The networks of {@link Networks} in PyTorch, on the same weights and images: eager, with images as NCHW or as NHWC
 * ({@code channels_last}). At the beginning of each backward pass DJL zeroes the gradients, which PyTorch drops by default.
 */
public class PeerNetworks extends OnPyTorch {

    @Param
    public Network shape;

    private Runnable run;
    private TorchText text;
    private int steps;
    /** Of the last forward pass; already freed. */
    NDArray result;

    @Benchmark
    public void pytorch() {
        run(false);
    }

    @Benchmark
    public void pytorchChannelsLast() {
        run(true);
    }

    /**
     * CPRFL as it was published: CLIP's text encoder, of the size that belongs to its ResNet-50, reads a prompt for each class
     * in each forward pass. What it makes is thrown away here, since the network has its text features already.
     */
    void pytorchAsPublished() {
        if (text == null) {
            TextEncoder encoder;
            try (Backend ours = Backends.open("vector", threads)) {
                TextConfig config = new TextConfig(49408, 77, 512, 8, 12, 1024, TextConfig.Activation.QUICK_GELU);
                encoder = new TextEncoder(config, new Initializer(ours, Rng.of(1)));
                List<int[]> prompts = Collections.nCopies(Subject.CLASSES, new int[]{49406, 320, 1125, 539, 320, 2368,
                    269, 49407});
                text = new TorchText(encoder, new TorchWeights(manager, false, false), manager, prompts);
            }
        }
        inStep(text.operands(), () -> result = text.encode());
        run(false);
    }

    /** The layout is known only here; the first call of the warm-up makes the network. */
    private void run(boolean channelsLast) {
        if (run == null) {
            run = network(channelsLast);
        }
        run.run();
    }

    private Runnable network(boolean channelsLast) {
        TorchWeights weights = new TorchWeights(manager, shape.training, channelsLast);
        try (Backend ours = Backends.open("vector", threads)) {
            Subject subject = new Subject(shape, ours);
            NDArray images = weights.constant(subject.images, Layout.CONVOLUTION); // it has their layout
            List<NDArray> operands = new ArrayList<>(List.of(images));
            UnaryOperator<NDArray> logits = switch (subject.model) {
                case LinearClassifier linear -> linear(linear, weights);
                case Cprfl cprfl -> {
                    TorchCprfl torch = new TorchCprfl(cprfl, weights, shape.training);
                    operands.addAll(torch.operands());
                    yield torch::logits;
                }
            };
            if (!shape.training) {
                return () -> inStep(operands, () -> result = logits.apply(images));
            }
            if (!shape.cprfl) {
                return () -> inStep(operands, () -> backward(() -> logits.apply(images).mean()));
            }
            NDArray targets = weights.constant(subject.targets, Layout.PLAIN);
            operands.add(targets);
            TorchTraining training = new TorchTraining(weights.trained, subject.config);
            return () -> inStep(operands, () -> {
                backward(() -> training.loss(logits.apply(images), targets));
                training.step(++steps);
            });
        }
    }

    private static UnaryOperator<NDArray> linear(LinearClassifier model, TorchWeights weights) {
        UnaryOperator<NDArray> backbone = TorchResNet.of(model.backbone(), weights);
        Map<String, Parameter> parameters = model.namedParameters();
        NDArray w = weights.trained(parameters.get("fc.weight"));
        NDArray b = weights.trained(parameters.get("fc.bias"));
        return images -> Linear.linear(Pool.globalAvgPool2d(backbone.apply(images)), w, b).singletonOrThrow();
    }

    private static void backward(Supplier<NDArray> loss) {
        try (GradientCollector gradients = Engine.getEngine("PyTorch").newGradientCollector()) {
            gradients.backward(loss.get());
        }
    }

    /** Runs a step and frees all that it made: results belong to the manager of their operand. */
    private void inStep(List<NDArray> operands, Runnable step) {
        try (NDManager made = manager.newSubManager()) {
            operands.forEach(operand -> operand.attach(made));
            step.run();
            operands.forEach(operand -> operand.attach(manager));
        }
    }
}
