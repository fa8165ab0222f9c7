package dev.cprfl.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.initializer.XavierInitializer.FactorType;
import ai.djl.training.initializer.XavierInitializer.RandomType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * ResNet-101 of {@link Networks} in PyTorch (eager, NCHW), with the same shapes: version 1.5, the stride on the 3x3
 * convolutions, no classifier. The weights are other random numbers.
 */
public class PeerNetworks extends OnPyTorch {

    private static final int[] BLOCKS = {3, 4, 23, 3};

    @Param
    public Network shape;

    private Block network;
    private ParameterStore weights;
    private NDArray images;

    @Override
    void prepare() {
        super.prepare();
        Shape input = new Shape(shape.batch, 3, shape.pixels, shape.pixels);
        network = resnet101();
        // The same start as ours. With DJL's own, activations fade into denormal numbers, which cost ten times the time.
        network.setInitializer(new XavierInitializer(RandomType.GAUSSIAN, FactorType.OUT, 2), Parameter.Type.WEIGHT);
        if (!shape.backward) {
            network.freezeParameters(true); // else the forward pass would record for a backward one
        }
        network.initialize(manager, DataType.FLOAT32, input);
        weights = new ParameterStore(manager, false);
        images = array(input.getShape());
    }

    @Benchmark
    public void pytorch() {
        if (!shape.backward) {
            call(images, x -> network.forward(weights, new NDList(x), false));
            return;
        }
        call(images, x -> {
            try (GradientCollector gradients = Engine.getEngine("PyTorch").newGradientCollector()) {
                gradients.backward(network.forward(weights, new NDList(x), true).singletonOrThrow().mean());
            }
        });
    }

    private static Block resnet101() {
        SequentialBlock all = new SequentialBlock().addAll(conv(64, 7, 2), norm(), Activation.reluBlock(),
                Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)));
        int in = 64;
        for (int stage = 0; stage < BLOCKS.length; stage++) {
            int width = 64 << stage;
            for (int i = 0; i < BLOCKS[stage]; i++) {
                all.add(bottleneck(in, width, i == 0 && stage > 0 ? 2 : 1));
                in = 4 * width;
            }
        }
        return all;
    }

    private static Block bottleneck(int in, int width, int stride) {
        Block branch = new SequentialBlock().addAll(conv(width, 1, 1), norm(), Activation.reluBlock(),
                conv(width, 3, stride), norm(), Activation.reluBlock(), conv(4 * width, 1, 1), norm());
        Block shortcut = in == 4 * width
                ? Blocks.identityBlock()
                : new SequentialBlock().addAll(conv(4 * width, 1, stride), norm());
        return new ParallelBlock(results -> new NDList(
                Activation.relu(results.get(0).singletonOrThrow().add(results.get(1).singletonOrThrow()))))
                .addAll(branch, shortcut);
    }

    private static Block conv(int out, int kernel, int stride) {
        return Conv2d.builder().setFilters(out).setKernelShape(new Shape(kernel, kernel))
                .optStride(new Shape(stride, stride)).optPadding(new Shape(kernel / 2, kernel / 2)).optBias(false)
                .build();
    }

    private static Block norm() {
        return BatchNorm.builder().build();
    }
}
