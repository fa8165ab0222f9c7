package dev.cprfl.kernels;

/**
 * The random numbers of dropout, the same on every backend: one per (seed, index), drawn by position and not in sequence, so
 * that no mask is stored and the order of work does not matter.
 */
public final class Dropout {

    private Dropout() {}

    /** Whether number {@code index} is kept: a uniform draw of 24 bits is at least p. */
    public static boolean keeps(long seed, int index, double p) {
        return (mix(seed + index * 0x9E3779B97F4A7C15L) >>> 40) * 0x1p-24 >= p;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    public static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
