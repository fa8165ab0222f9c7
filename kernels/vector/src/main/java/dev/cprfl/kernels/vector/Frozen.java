package dev.cprfl.kernels.vector;

/**
 * Weights that will not change, once more in the order in which kernels read them. Each form is made when it is first asked
 * for: a convolution needs one or the other. Thread-safe.
 */
final class Frozen {

    private Panels panels;
    private float[] gathered;

    /** The weights as the second factor of a product. */
    synchronized Panels panels(Workers workers, Operand b, int k, int n) {
        if (panels == null) {
            panels = Panels.of(workers, b, k, n, new float[Panels.length(k, n)]);
        }
        return panels;
    }

    /** The weights as {@code convolution} gathers them. */
    synchronized float[] gathered(Workers workers, Winograd convolution) {
        if (gathered == null) {
            gathered = convolution.gatherWeights(workers);
        }
        return gathered;
    }
}
