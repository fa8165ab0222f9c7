package dev.cprfl.tensor;

import dev.cprfl.kernels.Dropout;

/**
 * Random numbers by key: SplitMix64 (Steele, Lea and Flood 2014) seeded with a hash of the numbers that say what is drawn,
 * such as (seed, epoch, sample). Equal keys give equal numbers, whatever thread draws them and in whatever order; nothing
 * has to be saved to resume.
 */
public final class Rng {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    private Rng(long state) {
        this.state = state;
    }

    /** The generator of a key. */
    public static Rng of(long... key) {
        return new Rng(seed(key));
    }

    /** A seed made from a key; different keys give unrelated seeds. */
    public static long seed(long... key) {
        long hash = GOLDEN;
        for (long part : key) {
            hash = Dropout.mix(hash ^ part) * GOLDEN + GOLDEN;
        }
        return hash;
    }

    public long nextLong() {
        state += GOLDEN;
        return Dropout.mix(state);
    }

    /** Uniform in [0, 1), 53 bits. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform in [low, high). */
    public double nextDouble(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** Uniform in [0, bound). The bias is below bound / 2^53. */
    public int nextInt(int bound) {
        return (int) (nextDouble() * bound);
    }

    /** Normal with mean 0 and variance 1 (Box and Muller 1958). */
    public double nextGaussian() {
        double radius = Math.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * nextDouble());
    }

    /** Shuffles in place (Fisher and Yates). */
    public void shuffle(int[] items) {
        for (int i = items.length - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int swapped = items[i];
            items[i] = items[j];
            items[j] = swapped;
        }
    }
}
