package dev.cprfl.bench;

/**
 * Whole networks; each is ResNet-101 (version 1.5) without the classifier. Operations are multiply-adds of the convolutions
 * as torchvision publishes them, 7.799 billion at 224 pixels; with the backward pass three times as many. Bytes are the
 * weights alone.
 */
public enum Network implements Work {
    FORWARD_224(1, 224, false), FORWARD_448(1, 448, false), FORWARD_BACKWARD_224_BATCH_4(4, 224, true);

    final int batch;
    final int pixels;
    final boolean backward;

    Network(int batch, int pixels, boolean backward) {
        this.batch = batch;
        this.pixels = pixels;
        this.backward = backward;
    }

    @Override
    public String title() {
        return "ResNet-101 " + name();
    }

    @Override
    public double flop() {
        return 2 * 7.799e9 * batch * (pixels / 224.0) * (pixels / 224.0) * (backward ? 3 : 1);
    }

    @Override
    public double bytes() {
        return 4 * 42.5e6;
    }
}
