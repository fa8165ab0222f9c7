package dev.cprfl.kernels.vector;

/**
 * Working memory of a thread, kept from call to call. Its content is arbitrary, and the next call on the same thread hands
 * out the same array again: one operation may hold one array of a kind.
 */
final class Scratch {

    private static final ThreadLocal<double[]> DOUBLES = ThreadLocal.withInitial(() -> new double[0]);
    private static final ThreadLocal<float[]> FLOATS = ThreadLocal.withInitial(() -> new float[0]);

    private Scratch() {}

    /** At least {@code length} doubles. */
    static double[] doubles(int length) {
        if (DOUBLES.get().length < length) {
            DOUBLES.set(new double[length]);
        }
        return DOUBLES.get();
    }

    /** At least {@code length} floats. */
    static float[] floats(int length) {
        if (FLOATS.get().length < length) {
            FLOATS.set(new float[length]);
        }
        return FLOATS.get();
    }
}
