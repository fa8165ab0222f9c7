package dev.cprfl.model.resnet;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.Sequential;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * y = relu(branch(x) + shortcut(x)). The branch is two or three convolutions, each normalised, with ReLU between them; its
 * 3x3 convolution carries the stride (torchvision's version 1.5). The shortcut is x itself, or a 1x1 convolution where shapes
 * change. Names: conv1, bn1, conv2, ..., downsample.0, downsample.1. PyTorch: torchvision's {@code BasicBlock} and
 * {@code Bottleneck}.
 */
public final class ResidualBlock extends Layer {

    private final List<ConvNorm> branch = new ArrayList<>();
    private final ConvNorm downsample;

    /**
     * @param in channels of x
     * @param width channels inside the block
     */
    ResidualBlock(Initializer initializer, ResNetConfig.Block kind, int in, int width, int stride) {
        int out = width * kind.expansion();
        switch (kind) {
            case BASIC -> {
                append(initializer, in, width, 3, stride);
                append(initializer, width, out, 3, 1);
            }
            case BOTTLENECK -> {
                append(initializer, in, width, 1, 1);
                append(initializer, width, width, 3, stride);
                append(initializer, width, out, 1, 1);
            }
        }
        if (stride == 1 && in == out) {
            downsample = null;
        } else {
            downsample = new ConvNorm(initializer, in, out, 1, stride);
            child("downsample", new Sequential(downsample.convolution(), downsample.norm()));
        }
    }

    private void append(Initializer initializer, int in, int out, int kernel, int stride) {
        int number = branch.size() + 1;
        ConvNorm next = new ConvNorm(initializer, in, out, kernel, stride);
        child("conv" + number, next.convolution());
        child("bn" + number, next.norm());
        branch.add(next);
    }

    /** @param x [batch, height, width, in] */
    @Override
    public Variable forward(Variable x) {
        Variable y = branch.getFirst().forwardRelu(x);
        for (ConvNorm middle : branch.subList(1, branch.size() - 1)) {
            Variable before = y;
            y = middle.forwardRelu(before);
            Tape.forget(before);
        }
        Variable kept = downsample == null ? x : downsample.forward(x);
        Variable result = branch.getLast().forwardAddRelu(y, kept);
        Tape.forget(y);
        if (downsample != null) {
            Tape.forget(kept);
        }
        return result;
    }

    /** The convolutions of the branch, first to last. */
    public List<ConvNorm> branch() {
        return Collections.unmodifiableList(branch);
    }

    /** The convolution of the shortcut, or null where the shortcut is x itself. */
    public ConvNorm downsample() {
        return downsample;
    }

    /** The convolutions with their normalisations, in no special order. */
    List<ConvNorm> convolutions() {
        List<ConvNorm> all = new ArrayList<>(branch);
        if (downsample != null) {
            all.add(downsample);
        }
        return all;
    }
}
