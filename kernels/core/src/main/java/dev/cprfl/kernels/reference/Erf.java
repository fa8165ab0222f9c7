package dev.cprfl.kernels.reference;

/**
 * The error function to about 1e-15, and its complement to about 1e-14 of its size: the expansions of Abramowitz and Stegun,
 * Handbook of Mathematical Functions, chapter 7; a series of positive terms near zero, a continued fraction far from it.
 */
final class Erf {

    /** Where the series hands over to the continued fraction; both are accurate there. */
    private static final double FAR = 1.5;

    /** Depth of the fraction: converged to double precision at {@link #FAR}, more than enough beyond. */
    private static final int DEPTH = 100;

    private Erf() {}

    /** erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
    static double erf(double x) {
        double size = Math.abs(x);
        return size < FAR ? series(x) : Math.copySign(1 - fraction(size), x);
    }

    /** erfc(x) = 1 - erf(x), not losing digits where erf(x) nears 1. */
    static double erfc(double x) {
        return x < FAR ? 1 - erf(x) : fraction(x);
    }

    /** Phi(x) = (1 + erf(x / sqrt 2)) / 2, the normal distribution function. */
    static double phi(double x) {
        return erfc(-x / Math.sqrt(2)) / 2;
    }

    /** A&amp;S 7.1.6: erf(x) = 2 / sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (1 3 ... (2n+1)). */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /** A&amp;S 7.1.14, x > 0: erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...)))). */
    private static double fraction(double x) {
        double denominator = x;
        for (int n = DEPTH; n >= 1; n--) {
            denominator = x + n / 2.0 / denominator;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
    }
}
