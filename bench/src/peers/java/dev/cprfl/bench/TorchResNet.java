package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.FoldedConvolution;
import dev.cprfl.model.resnet.ConvNorm;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.resnet.ResidualBlock;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A residual network of ours in PyTorch, eager. A folded one has its normalisations folded there too, as {@code torch.jit.freeze}
 * would; TorchScript itself can be loaded from Java, but not traced.
 */
final class TorchResNet {

    private final TorchWeights weights;

    private TorchResNet(TorchWeights weights) {
        this.weights = weights;
    }

    /** From images [N, 3, H, W] to the last feature map. It keeps nothing of our network. */
    static UnaryOperator<NDArray> of(ResNet network, TorchWeights weights) {
        return new TorchResNet(weights).layers(network);
    }

    private UnaryOperator<NDArray> layers(ResNet network) {
        UnaryOperator<NDArray> stem = convolution(network.stem().getFirst());
        List<UnaryOperator<NDArray>> blocks = new ArrayList<>();
        network.stages().forEach(stage -> stage.forEach(block -> blocks.add(block(block))));
        return images -> {
            NDArray x = Pool.maxPool2d(Activation.relu(stem.apply(images)), new Shape(3, 3), new Shape(2, 2),
                    new Shape(1, 1), false);
            for (UnaryOperator<NDArray> block : blocks) {
                x = block.apply(x);
            }
            return x;
        };
    }

    private UnaryOperator<NDArray> block(ResidualBlock block) {
        List<UnaryOperator<NDArray>> branch = block.branch().stream().map(this::convolution).toList();
        UnaryOperator<NDArray> shortcut = block.downsample() == null
                ? UnaryOperator.identity()
                : convolution(block.downsample());
        return x -> {
            NDArray y = branch.getFirst().apply(x);
            for (UnaryOperator<NDArray> next : branch.subList(1, branch.size())) {
                y = next.apply(Activation.relu(y));
            }
            return Activation.relu(y.addi(shortcut.apply(x)));
        };
    }

    private UnaryOperator<NDArray> convolution(ConvNorm layer) {
        Shape stride = square(layer.convolution().stride());
        Shape padding = square(layer.convolution().padding());
        FoldedConvolution folded = layer.folded();
        if (folded != null) {
            NDArray w = weights.constant(folded.weight(), Layout.CONVOLUTION);
            NDArray b = weights.constant(folded.bias(), Layout.PLAIN);
            return x -> Conv2d.conv2d(x, w, b, stride, padding).singletonOrThrow();
        }
        NDArray w = weights.trained(layer.convolution().weight());
        NDArray gamma = weights.trained(layer.norm().weight());
        NDArray beta = weights.trained(layer.norm().namedParameters().get("bias"));
        Map<String, Tensor> running = layer.norm().namedBuffers();
        NDArray mean = weights.constant(running.get("running_mean"), Layout.PLAIN);
        NDArray variance = weights.constant(running.get("running_var"), Layout.PLAIN);
        return x -> BatchNorm.batchNorm(Conv2d.conv2d(x, w, null, stride, padding).singletonOrThrow(), mean, variance,
                gamma, beta, 1, 0.9f, 1e-5f, true).singletonOrThrow();
    }

    private static Shape square(int extent) {
        return new Shape(extent, extent);
    }
}
