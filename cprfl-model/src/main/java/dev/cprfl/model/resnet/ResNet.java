package dev.cprfl.model.resnet;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.Sequential;
import dev.cprfl.autograd.ops.AvgPool2d;
import dev.cprfl.autograd.ops.MaxPool2d;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A residual network up to its last feature map, without the pooling and the classifier (He et al. 2016, with the stride on the
 * 3x3 convolutions), or as in OpenAI's CLIP. Names are torchvision's and OpenAI's: conv1, bn1, layer1.0.conv1, ..., layer4.2.bn3.
 */
public final class ResNet extends Layer {

    private final ResNetConfig config;
    private final List<ConvNorm> stem = new ArrayList<>();
    private final List<List<ResidualBlock>> stages = new ArrayList<>();

    /** A network with fresh weights: Kaiming normal by outputs, as torchvision's. */
    public ResNet(ResNetConfig config, Initializer initializer) {
        this.config = config;
        if (config.block() == ResNetConfig.Block.CLIP) {
            append(new ConvNorm(initializer, 3, config.width() / 2, 3, 2));
            append(new ConvNorm(initializer, config.width() / 2, config.width() / 2, 3, 1));
            append(new ConvNorm(initializer, config.width() / 2, config.width(), 3, 1));
        } else {
            append(new ConvNorm(initializer, 3, config.width(), 7, 2));
        }
        int in = config.width();
        for (int stage = 0; stage < config.layers().size(); stage++) {
            int width = config.width() << stage;
            List<ResidualBlock> blocks = new ArrayList<>();
            for (int i = 0; i < config.layers().get(stage); i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                blocks.add(new ResidualBlock(initializer, config.block(), in, width, stride));
                in = width * config.block().expansion();
            }
            stages.add(blocks);
            child("layer" + (stage + 1), new Sequential(blocks.toArray(Layer[]::new)));
        }
    }

    private void append(ConvNorm next) {
        stem.add(next);
        child("conv" + stem.size(), next.convolution());
        child("bn" + stem.size(), next.norm());
    }

    public ResNetConfig config() {
        return config;
    }

    /** The convolutions before the first pooling. */
    public List<ConvNorm> stem() {
        return Collections.unmodifiableList(stem);
    }

    /** The residual blocks of each stage. */
    public List<List<ResidualBlock>> stages() {
        return Collections.unmodifiableList(stages);
    }

    /**
     * Folds every batch normalisation into its convolution, in copies of the weights that forward passes without a tape then
     * use. Changed weights need it again; switching to training undoes it.
     */
    public void fold() {
        convolutions().forEach(ConvNorm::fold);
    }

    @Override
    protected void forgetPrepared() {
        convolutions().forEach(ConvNorm::unfold);
    }

    private Stream<ConvNorm> convolutions() {
        return Stream.concat(stem.stream(),
                stages.stream().flatMap(List::stream).flatMap(block -> block.convolutions().stream()));
    }

    /**
     * The last feature map.
     *
     * @param images [B, H, W, 3]
     * @return [B, h, w, d0], where h is H / 32 rounded up (H / 2^(n + 1) with n stages) and w likewise
     */
    @Override
    public Variable forward(Variable images) {
        return forward(images, stage -> {});
    }

    /**
     * As {@link #forward(Variable)}, showing the feature maps on the way.
     *
     * @param observer is given the output of the stem (after pooling) and of each stage; a value lives until the next stage is
     *     done, or with a tape until its backward pass
     */
    public Variable forward(Variable images, Consumer<Variable> observer) {
        Variable convolved = stem.getFirst().forwardRelu(images, null);
        for (ConvNorm next : stem.subList(1, stem.size())) {
            Variable before = convolved;
            convolved = next.forwardRelu(before, null);
            Tape.forget(before);
        }
        Variable x = config.block() == ResNetConfig.Block.CLIP
                ? AvgPool2d.apply(convolved, 2)
                : MaxPool2d.apply(convolved, 3, 2, 1);
        Tape.forget(convolved);
        observer.accept(x);
        for (List<ResidualBlock> blocks : stages) {
            for (ResidualBlock block : blocks) {
                Variable before = x;
                x = block.forward(before);
                Tape.forget(before);
            }
            observer.accept(x);
        }
        return x;
    }
}
