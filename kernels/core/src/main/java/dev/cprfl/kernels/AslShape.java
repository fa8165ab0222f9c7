package dev.cprfl.kernels;

/**
 * The settings of the asymmetric loss (E9; Ridnik et al. 2021).
 *
 * @param length number of logits
 * @param gammaPos focusing exponent of positives
 * @param gammaNeg focusing exponent of negatives
 * @param clip probability margin mu; zero turns the shift off
 * @param eps lower bound of a probability inside the logarithm
 * @param detachFocus the gradient treats the focusing weight as a constant, as the authors' code does
 */
public record AslShape(int length, double gammaPos, double gammaNeg, double clip, double eps, boolean detachFocus) {

    public AslShape {
        Checks.atLeast(0, length, "length");
        if (!(gammaPos >= 0 && gammaNeg >= 0)) {
            throw new IllegalArgumentException(
                    "focusing exponents must not be negative: gammaPos " + gammaPos + ", gammaNeg " + gammaNeg);
        }
        if (!(clip >= 0 && clip < 1)) {
            throw new IllegalArgumentException("clip must lie in [0, 1): " + clip);
        }
    }
}
