package dev.cprfl.bench;

import dev.cprfl.kernels.GemmShape;

/** Matrix products: a cube, ResNet-101's 1x1 convolutions at 448 pixels as products, and those of CPRFL's encoder. */
public enum Gemm implements Work {
    CUBE_1024(1024, 1024, 1024, false), LAYER1_REDUCE(112 * 112, 64, 256, true), LAYER2_EXPAND(56 * 56, 512, 128,
            true), LAYER3_REDUCE(28 * 28, 256, 1024,
                    true), LAYER3_EXPAND(28 * 28, 1024, 256, true), LAYER4_EXPAND(14 * 14, 2048, 512, true),
    /** E1. */
    TOKENS(14 * 14, 2048, 2048, true),
    /** E5: keys and values of 196 visual tokens, 8 heads of 512. */
    KEYS_VALUES(14 * 14, 8192, 2048, true),
    /** E5 and E6: from the heads back to 80 prompts. */
    TO_OUT(80, 2048, 4096, true),
    /** E6. */
    MLP(80, 2048, 2048, true);

    final int m;
    final int n;
    final int k;
    final boolean transposeB;

    Gemm(int m, int n, int k, boolean transposeB) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.transposeB = transposeB;
    }

    /** C [m, n] = A [m, k] B; B is [n, k] where it is a layer's weight. */
    GemmShape shape() {
        return GemmShape.of(m, n, k, false, transposeB);
    }

    @Override
    public String title() {
        return name() + " " + m + " x " + n + " x " + k;
    }

    @Override
    public double flop() {
        return 2.0 * m * n * k;
    }

    @Override
    public double bytes() {
        return 4.0 * (m * k + k * n + m * n);
    }
}
