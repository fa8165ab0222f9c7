package dev.cprfl.bench;

/**
 * Whole networks: ResNet-101 (version 1.5) with a classifier of 80 classes, and CPRFL on it with 80 classes and text features
 * that are given. A training step is forward, asymmetric loss, backward, AdamW and the moving average of the weights.
 *
 * <p>Operations are multiply-adds of convolutions and matrix products: 7.799 billion for the backbone at 224 pixels, as torchvision
 * publishes it; 5.63 billion for the rest of CPRFL at 448 pixels as we compute it (the authors' code computes more of them, see
 * {@link dev.cprfl.model.EncoderLayer}); with the backward pass three times as many. Bytes are the weights alone.
 */
public enum Network implements Work {
    RESNET101_FORWARD_224(1, 224, false, false), RESNET101_FORWARD_448(1, 448, false,
            false), RESNET101_FORWARD_BACKWARD_224_BATCH_4(4, 224, true,
                    false), CPRFL_FORWARD_448(1, 448, false, true), CPRFL_TRAINING_STEP_448_BATCH_4(4, 448, true, true);

    final int batch;
    final int pixels;
    final boolean training;
    final boolean cprfl;

    Network(int batch, int pixels, boolean training, boolean cprfl) {
        this.batch = batch;
        this.pixels = pixels;
        this.training = training;
        this.cprfl = cprfl;
    }

    @Override
    public String title() {
        return name();
    }

    @Override
    public double flop() {
        double backbone = 7.799e9 * (pixels / 224.0) * (pixels / 224.0);
        return 2 * (backbone + (cprfl ? 5.63e9 : 0)) * batch * (training ? 3 : 1);
    }

    @Override
    public double bytes() {
        return 4 * (cprfl ? 96e6 : 42.7e6);
    }
}
