package dev.cprfl.model.loss;

/**
 * Negative-tolerant regularisation of the distribution-balanced loss (Wu et al., ECCV 2020, equations 6 and 7): each logit
 * gets the bias nu_i = -(initBias / scale) log(N / n_i - 1), that of the class's share, and that of a negative is multiplied
 * by scale (lambda) while its loss is divided by it, so that a negative which is already far below zero pulls no longer. The
 * authors' code adds the bias to the logits in place, where only its meters see it; here the logits stay as they are.
 *
 * @param scale lambda, at least 1
 * @param initBias kappa
 */
public record NegativeTolerance(double scale, double initBias, ClassFrequencies frequencies) {

    /** nu: [c]. */
    double[] bias() {
        double[] bias = new double[frequencies.classes()];
        for (int id = 0; id < bias.length; id++) {
            bias[id] = -Math.log(frequencies.images() / frequencies.positives(id) - 1) * initBias / scale;
        }
        return bias;
    }
}
