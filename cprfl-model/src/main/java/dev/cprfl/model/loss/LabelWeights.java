package dev.cprfl.model.loss;

/** How seriously a loss takes each class of each image. */
public interface LabelWeights {

    /**
     * @param targets [B, c], row by row
     * @return w: [B, c]
     */
    double[] of(double[] targets);
}
