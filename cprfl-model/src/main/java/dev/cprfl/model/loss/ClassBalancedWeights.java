package dev.cprfl.model.loss;

/**
 * Weights by the effective number of a class's images: w_i = (1 - beta) / (1 - beta^n_i), the same for every image (Cui et
 * al., CVPR 2019, "Class-Balanced Loss Based on Effective Number of Samples", equation 9; {@code CB_mode: by_class} in the
 * code of Wu et al.).
 *
 * @param beta in [0, 1): zero weights all classes alike, near one by 1 / n
 */
public record ClassBalancedWeights(double beta, ClassFrequencies frequencies) implements LabelWeights {

    @Override
    public double[] of(double[] targets) {
        int classes = frequencies.classes();
        double[] weights = new double[targets.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (1 - beta) / (1 - Math.pow(beta, frequencies.positives(i % classes)));
        }
        return weights;
    }
}
