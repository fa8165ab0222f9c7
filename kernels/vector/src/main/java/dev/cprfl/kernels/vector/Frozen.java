package dev.cprfl.kernels.vector;

/**
 * Weights that will not change, once more in the order in which kernels read them. Each form is made when it is first asked
 * for: a convolution needs one or the other. Thread-safe.
 */
final class Frozen {

    private Panels panels;
    private float[] winograd;

    /** The weights as the second factor of a product. */
    synchronized Panels panels(Workers workers, Operand b, int k, int n) {
        if (panels == null) {
            panels = Panels.of(workers, b, k, n);
        }
        return panels;
    }

    /** The weights as transformed by {@code winograd}. */
    synchronized float[] transformed(Workers workers, Winograd convolution) {
        if (winograd == null) {
            winograd = convolution.transformWeights(workers, new float[convolution.transformedLength()]);
        }
        return winograd;
    }
}
