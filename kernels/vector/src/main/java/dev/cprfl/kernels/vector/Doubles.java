package dev.cprfl.kernels.vector;

import static jdk.incubator.vector.VectorOperators.F2D;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of floats in double. Reading the numbers costs more than widening them, and in double neither millions of terms nor a
 * large common offset hurts. Each sum has one order of operations, given by the length alone.
 */
final class Doubles {

    /**
     * Half as many doubles as {@link Simd#SPECIES} has floats: {@code convertShape(F2D, SPECIES, 0)} widens the first half of
     * a vector of floats, part 1 the other.
     */
    static final VectorSpecies<Double> SPECIES = VectorSpecies.of(double.class, Simd.SPECIES.vectorShape());

    /** How many doubles that is. */
    static final int HALF = SPECIES.length();
    /**
     * The sum of the lanes is lane 0 after adding the vector rotated by 4, 2 and 1, times {@link #LANE_SUM}, because on short
     * vectors some of the rotations only double it. reduceLanes(ADD) leaves the order open, and compiled code has another
     * than interpreted code; a method for it would need its vector as an object whenever it is not inlined.
     */
    static final VectorShuffle<Double> ROTATE_4 = VectorShuffle.iota(SPECIES, 4 % HALF, 1, true);
    static final VectorShuffle<Double> ROTATE_2 = VectorShuffle.iota(SPECIES, 2 % HALF, 1, true);
    static final VectorShuffle<Double> ROTATE_1 = VectorShuffle.iota(SPECIES, 1 % HALF, 1, true);
    static final double LANE_SUM = HALF / 8.0;

    private Doubles() {}

    /** The sum of x[at] to x[at + n - 1]. */
    static double sum(float[] x, int at, int n) {
        DoubleVector sum0 = DoubleVector.zero(SPECIES);
        DoubleVector sum1 = sum0;
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector xi = FloatVector.fromArray(Simd.SPECIES, x, at + i);
            sum0 = sum0.add(xi.convertShape(F2D, SPECIES, 0));
            sum1 = sum1.add(xi.convertShape(F2D, SPECIES, 1));
        }
        DoubleVector lanes = sum0.add(sum1);
        lanes = lanes.add(lanes.rearrange(ROTATE_4));
        lanes = lanes.add(lanes.rearrange(ROTATE_2));
        double sum = lanes.add(lanes.rearrange(ROTATE_1)).lane(0) * LANE_SUM;
        for (; i < n; i++) {
            sum += x[at + i];
        }
        return sum;
    }

    /** The sum of (x - mean)^2 over x[at] to x[at + n - 1]. */
    static double squares(float[] x, int at, double mean, int n) {
        DoubleVector sum0 = DoubleVector.zero(SPECIES);
        DoubleVector sum1 = sum0;
        DoubleVector means = DoubleVector.broadcast(SPECIES, mean);
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector xi = FloatVector.fromArray(Simd.SPECIES, x, at + i);
            Vector<Double> x0 = xi.convertShape(F2D, SPECIES, 0).sub(means);
            Vector<Double> x1 = xi.convertShape(F2D, SPECIES, 1).sub(means);
            sum0 = sum0.add(x0.mul(x0));
            sum1 = sum1.add(x1.mul(x1));
        }
        DoubleVector lanes = sum0.add(sum1);
        lanes = lanes.add(lanes.rearrange(ROTATE_4));
        lanes = lanes.add(lanes.rearrange(ROTATE_2));
        double sum = lanes.add(lanes.rearrange(ROTATE_1)).lane(0) * LANE_SUM;
        for (; i < n; i++) {
            sum += (x[at + i] - mean) * (x[at + i] - mean);
        }
        return sum;
    }

    /** The sum of a b over n numbers of each. */
    static double dot(float[] a, int aAt, float[] b, int bAt, int n) {
        DoubleVector sum0 = DoubleVector.zero(SPECIES);
        DoubleVector sum1 = sum0;
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector ai = FloatVector.fromArray(Simd.SPECIES, a, aAt + i);
            FloatVector bi = FloatVector.fromArray(Simd.SPECIES, b, bAt + i);
            sum0 = sum0.add(ai.convertShape(F2D, SPECIES, 0).mul(bi.convertShape(F2D, SPECIES, 0)));
            sum1 = sum1.add(ai.convertShape(F2D, SPECIES, 1).mul(bi.convertShape(F2D, SPECIES, 1)));
        }
        DoubleVector lanes = sum0.add(sum1);
        lanes = lanes.add(lanes.rearrange(ROTATE_4));
        lanes = lanes.add(lanes.rearrange(ROTATE_2));
        double sum = lanes.add(lanes.rearrange(ROTATE_1)).lane(0) * LANE_SUM;
        for (; i < n; i++) {
            sum += (double) a[aAt + i] * b[bAt + i];
        }
        return sum;
    }

    /** total[totalAt + i] += part[partAt + i]. */
    static void add(double[] part, int partAt, double[] total, int totalAt, int n) {
        int i = 0;
        for (; i <= n - HALF; i += HALF) {
            DoubleVector sum = DoubleVector.fromArray(SPECIES, total, totalAt + i);
            sum.add(DoubleVector.fromArray(SPECIES, part, partAt + i)).intoArray(total, totalAt + i);
        }
        for (; i < n; i++) {
            total[totalAt + i] += part[partAt + i];
        }
    }

    /** y[yAt + i] = sums[sumsAt + i], rounded to float. */
    static void store(double[] sums, int sumsAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i++) {
            y[yAt + i] = (float) sums[sumsAt + i];
        }
    }
}
