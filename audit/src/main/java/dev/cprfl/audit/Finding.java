package dev.cprfl.audit;

/**
 * What a check found.
 *
 * @param error the worst error, measured like its bound
 * @param bound how large the error may be
 * @param failure what is wrong and where, first of all in one line; null where nothing is
 */
public record Finding(double error, double bound, String failure) {

    /** Nothing compared yet. */
    public static final Finding NONE = new Finding(0, 0, null);

    /** @param place what was compared, for the failure */
    public static Finding of(double error, double bound, String place) {
        boolean passed = error <= bound; // NaN does not
        return new Finding(error, bound, passed ? null : place + ": error " + error + ", allowed " + bound);
    }

    /** The check went wrong without numbers to compare. */
    public static Finding failed(String failure) {
        return new Finding(Double.NaN, 0, failure);
    }

    public boolean passed() {
        return failure == null;
    }

    /** The one to be told of: a failure, else the error that comes nearer to its bound. */
    public Finding worse(Finding other) {
        if (!passed() || !other.passed()) {
            return passed() ? other : this;
        }
        return other.share() > share() ? other : this;
    }

    private double share() {
        return bound == 0 ? 0 : error / bound;
    }

    /** @throws AssertionError if the check failed */
    public void verify() {
        if (!passed()) {
            throw new AssertionError(failure);
        }
    }
}
