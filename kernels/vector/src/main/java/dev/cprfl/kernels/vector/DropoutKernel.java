package dev.cprfl.kernels.vector;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.cprfl.kernels.Dropout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Dropout with the random numbers of {@link Dropout}, a vector of them at a time. */
final class DropoutKernel {

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    /** As many floats as {@link #LONGS} has longs. */
    private static final VectorSpecies<Float> HALF = VectorSpecies.of(float.class,
            VectorShape.forBitSize(LONGS.vectorBitSize() / 2));

    /** The constants of SplitMix64: its increment and the factors of {@link Dropout#mix}. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final long MIX_1 = 0xBF58476D1CE4E5B9L;
    private static final long MIX_2 = 0x94D049BB133111EBL;

    private DropoutKernel() {}

    static void dropout(Workers workers, double p, long seed, FloatStorage x, FloatStorage y) {
        Ranges.run(workers, y.length, 1,
                (from, to) -> dropout(p, seed, from, x.array, x.offset + from, y.array, y.offset + from, to - from));
    }

    /** {@link Dropout#keeps} for as many indices at a time as fit a vector of longs; x[xAt] has index {@code first}. */
    private static void dropout(double p, long seed, int first, float[] x, int xAt, float[] y, int yAt, int length) {
        float factor = (float) (1 / (1 - p));
        long least = (long) Math.ceil(p * 0x1p24); // of the 24 bits of a kept number
        LongVector state = LongVector.broadcast(LONGS, first).addIndex(1).mul(GOLDEN).add(seed);
        int i = 0;
        for (; i < HALF.loopBound(length); i += HALF.length()) {
            LongVector z = state;
            z = z.lanewise(XOR, z.lanewise(LSHR, 30)).mul(MIX_1);
            z = z.lanewise(XOR, z.lanewise(LSHR, 27)).mul(MIX_2);
            z = z.lanewise(XOR, z.lanewise(LSHR, 31));
            VectorMask<Float> kept = z.lanewise(LSHR, 40).compare(GE, least).cast(HALF);
            FloatVector.fromArray(HALF, x, xAt + i).mul(FloatVector.zero(HALF).blend(factor, kept)).intoArray(y,
                    yAt + i);
            state = state.add(HALF.length() * GOLDEN);
        }
        for (; i < length; i++) {
            y[yAt + i] = x[xAt + i] * (Dropout.keeps(seed, first + i, p) ? factor : 0);
        }
    }
}
