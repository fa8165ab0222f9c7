package dev.cprfl.model.loss;

/**
 * Rebalanced weights of the distribution-balanced loss (Wu et al., ECCV 2020, equations 3 to 5): w_ki = alpha + sigmoid(beta
 * (r_ki - gamma)) with r_ki = (1/n_i) / sum over the labels j of image k of 1/n_j. An image with several labels would be drawn
 * for the sake of each of them; r takes that back. For an image without labels r is infinite, so w = alpha + 1.
 *
 * @param alpha what every weight has at least
 * @param beta how steep the map is
 * @param gamma where it is half way (mu in the paper)
 */
public record RebalancedWeights(double alpha, double beta, double gamma, ClassFrequencies frequencies)
        implements
            LabelWeights {

    @Override
    public double[] of(double[] targets) {
        int classes = frequencies.classes();
        double[] weights = new double[targets.length];
        for (int image = 0; image < targets.length; image += classes) {
            double repeatRate = 0;
            for (int id = 0; id < classes; id++) {
                repeatRate += targets[image + id] / frequencies.positives(id);
            }
            for (int id = 0; id < classes; id++) {
                double r = 1 / frequencies.positives(id) / repeatRate;
                weights[image + id] = alpha + 1 / (1 + Math.exp(-beta * (r - gamma)));
            }
        }
        return weights;
    }
}
