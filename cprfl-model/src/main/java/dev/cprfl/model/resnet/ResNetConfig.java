package dev.cprfl.model.resnet;

import dev.cprfl.tensor.UserException;
import java.util.List;
import java.util.Map;

/**
 * The size of a residual network.
 *
 * @param block kind of residual block
 * @param layers blocks of each stage, 4 stages in the published networks, fewer for small images; a stage has twice the
 *     channels and half the pixels a side of the one before
 * @param width channels of the stem and of the first stage's inner convolutions; 64 in the published networks
 */
public record ResNetConfig(Block block, List<Integer> layers, int width) {

    /** Kinds of residual block. */
    public enum Block {
        /** Two 3x3 convolutions. */
        BASIC(1),
        /** 1x1, 3x3 and 1x1 convolutions, the last to four times the width. */
        BOTTLENECK(4),
        /**
         * The bottleneck of OpenAI's CLIP, which shrinks the map by average pooling, before the last convolution and before the
         * shortcut's. The stem of such a network is three 3x3 convolutions and average pooling.
         */
        CLIP(4);

        private final int expansion;

        Block(int expansion) {
            this.expansion = expansion;
        }

        /** Output channels by inner channels. */
        public int expansion() {
            return expansion;
        }
    }

    private static final Map<String, ResNetConfig> PUBLISHED = Map.of(
            "clip-rn50", new ResNetConfig(Block.CLIP, List.of(3, 4, 6, 3), 64),
            "clip-rn101", new ResNetConfig(Block.CLIP, List.of(3, 4, 23, 3), 64),
            "clip-rn50x4", new ResNetConfig(Block.CLIP, List.of(4, 6, 10, 6), 80),
            "clip-rn50x16", new ResNetConfig(Block.CLIP, List.of(6, 8, 18, 8), 96),
            "clip-rn50x64", new ResNetConfig(Block.CLIP, List.of(3, 15, 36, 10), 128),
            "resnet18", new ResNetConfig(Block.BASIC, List.of(2, 2, 2, 2), 64),
            "resnet34", new ResNetConfig(Block.BASIC, List.of(3, 4, 6, 3), 64),
            "resnet50", new ResNetConfig(Block.BOTTLENECK, List.of(3, 4, 6, 3), 64),
            "resnet101", new ResNetConfig(Block.BOTTLENECK, List.of(3, 4, 23, 3), 64),
            "resnet152", new ResNetConfig(Block.BOTTLENECK, List.of(3, 8, 36, 3), 64));

    public ResNetConfig {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || layers.size() > 4 || layers.stream().anyMatch(blocks -> blocks < 1)) {
            throw new UserException("a ResNet has one to four stages of at least one block each, not " + layers);
        }
        if (width < 1) {
            throw new UserException("the width of a ResNet must be positive, is " + width);
        }
        if (block == Block.CLIP && width % 2 != 0) {
            throw new UserException("the width of a ResNet of CLIP must be even, is " + width);
        }
    }

    /** @throws UserException if no published network has this name */
    public static ResNetConfig named(String name) {
        ResNetConfig config = PUBLISHED.get(name);
        if (config == null) {
            throw new UserException(
                    "no backbone named " + name + ": choose one of " + String.join(", ", PUBLISHED.keySet().stream()
                            .sorted().toList()));
        }
        return config;
    }

    /** Pixels of the image, along a side, for one of the feature map. */
    public int stride() {
        return 2 << layers.size();
    }

    /** d0: channels of the feature map. */
    public int outChannels() {
        return (width << (layers.size() - 1)) * block.expansion();
    }
}
