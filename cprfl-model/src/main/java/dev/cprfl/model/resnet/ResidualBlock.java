package dev.cprfl.model.resnet;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.Sequential;
import dev.cprfl.autograd.ops.AvgPool2d;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * y = relu(branch(x) + shortcut(x)). The branch is two or three convolutions, each normalised, with ReLU between them; its
 * 3x3 convolution carries the stride (torchvision's version 1.5). The shortcut is x itself, or a 1x1 convolution where shapes
 * change. CLIP's block has average pooling in place of strides. Names: conv1, bn1, conv2, ..., downsample.0, downsample.1.
 * PyTorch: torchvision's {@code BasicBlock} and {@code Bottleneck}, OpenAI's {@code Bottleneck}.
 */
public final class ResidualBlock extends Layer {

    private final List<ConvNorm> branch = new ArrayList<>();
    private final ConvNorm downsample;

    /** By how much CLIP's block shrinks the map before its last convolution and its shortcut; else 1. */
    private final int pooling;

    /**
     * @param in channels of x
     * @param width channels inside the block
     */
    ResidualBlock(Initializer initializer, ResNetConfig.Block kind, int in, int width, int stride) {
        int out = width * kind.expansion();
        pooling = kind == ResNetConfig.Block.CLIP ? stride : 1;
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
            case CLIP -> {
                append(initializer, in, width, 1, 1);
                append(initializer, width, width, 3, 1);
                append(initializer, width, out, 1, 1);
            }
        }
        if (stride == 1 && in == out) {
            downsample = null;
        } else {
            downsample = new ConvNorm(initializer, in, out, 1, stride / pooling);
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
        Variable y = branch.getFirst().forwardRelu(x, null);
        for (ConvNorm middle : branch.subList(1, branch.size() - 1)) {
            Variable before = y;
            y = middle.forwardRelu(before, null);
            Tape.forget(before);
        }
        y = pooled(y);
        Variable kept = shortcut(x);
        Variable result = branch.getLast().forwardRelu(y, kept);
        Tape.forget(y);
        if (downsample != null) {
            Tape.forget(kept);
        }
        return result;
    }

    private Variable shortcut(Variable x) {
        if (downsample == null) {
            return x;
        }
        if (pooling == 1) {
            return downsample.forward(x);
        }
        Variable small = AvgPool2d.apply(x, pooling);
        Variable kept = downsample.forward(small);
        Tape.forget(small);
        return kept;
    }

    /** The smaller map; the larger one is forgotten. */
    private Variable pooled(Variable y) {
        if (pooling == 1) {
            return y;
        }
        Variable small = AvgPool2d.apply(y, pooling);
        Tape.forget(y);
        return small;
    }

    /** The convolutions of the branch, first to last. */
    public List<ConvNorm> branch() {
        return Collections.unmodifiableList(branch);
    }

    /** The convolution of the shortcut, or null where the shortcut is x itself. */
    public ConvNorm downsample() {
        return downsample;
    }

    /** By how much average pooling shrinks the map before the last convolution of the branch and before the shortcut; else 1. */
    public int pooling() {
        return pooling;
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
