package dev.cprfl.bench;

import dev.cprfl.kernels.ConvShape;

/** The convolutions of ResNet-101 at 448 pixels, batch 1: each shape once, though most occur many times. */
public enum Convolution implements Work {
    STEM(448, 3, 64, 7, 2), LAYER1_FIRST(112, 64, 64, 1, 1), LAYER1_3X3(112, 64, 64, 3, 1), LAYER1_EXPAND(112, 64, 256,
            1, 1), LAYER1_REDUCE(112, 256, 64, 1, 1), LAYER2_FIRST(112, 256, 128, 1, 1), LAYER2_3X3_STRIDE(112, 128,
                    128, 3, 2), LAYER2_SHORTCUT(112, 256, 512, 1, 2), LAYER2_REDUCE(56, 512, 128, 1, 1), LAYER2_3X3(56,
                            128, 128, 3,
                            1), LAYER2_EXPAND(56, 128, 512, 1, 1), LAYER3_FIRST(56, 512, 256, 1, 1), LAYER3_3X3_STRIDE(
                                    56, 256, 256, 3, 2), LAYER3_SHORTCUT(56, 512, 1024, 1, 2), LAYER3_REDUCE(28, 1024,
                                            256, 1, 1), LAYER3_3X3(28, 256, 256, 3, 1), LAYER3_EXPAND(28, 256, 1024, 1,
                                                    1), LAYER4_FIRST(28, 1024, 512, 1, 1), LAYER4_3X3_STRIDE(28, 512,
                                                            512, 3,
                                                            2), LAYER4_SHORTCUT(28, 1024, 2048, 1, 2), LAYER4_REDUCE(14,
                                                                    2048, 512, 1, 1), LAYER4_3X3(14, 512, 512, 3,
                                                                            1), LAYER4_EXPAND(14, 512, 2048, 1, 1);

    final int pixels;
    final int in;
    final int out;
    final int kernel;
    final int stride;

    Convolution(int pixels, int in, int out, int kernel, int stride) {
        this.pixels = pixels;
        this.in = in;
        this.out = out;
        this.kernel = kernel;
        this.stride = stride;
    }

    ConvShape shape() {
        return new ConvShape(1, pixels, pixels, in, out, kernel, kernel, stride, kernel / 2);
    }

    @Override
    public String title() {
        return name() + " " + pixels + " px, " + in + " to " + out + ", " + kernel + "x" + kernel
                + (stride > 1 ? " stride " + stride : "");
    }

    /** Of the direct algorithm; the gradients have as many. */
    @Override
    public double flop() {
        return 2.0 * shape().outputLength() * shape().patchLength();
    }

    @Override
    public double bytes() {
        ConvShape s = shape();
        return 4.0 * ((double) s.inputLength() + s.weightLength() + s.outputLength());
    }
}
