package dev.cprfl.bench.softplus;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.EXP;
import static jdk.incubator.vector.VectorOperators.LOG1P;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** {@link Softplus} on runs of floats, as many at a time as the machine has lanes. */
public final class SoftplusKernel {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private SoftplusKernel() {}

    /** y[yAt + i] = softplus(x[xAt + i]) for i from 0 to n - 1. x and y may be the same run. */
    public static void forward(float[] x, int xAt, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            value(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
        VectorMask<Float> rest = SPECIES.indexInRange(i, n);
        value(FloatVector.fromArray(SPECIES, x, xAt + i, rest)).intoArray(y, yAt + i, rest);
    }

    /** dx = dy times the derivative. dy and dx may be the same run. */
    public static void backward(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector slope = derivative(FloatVector.fromArray(SPECIES, x, xAt + i));
            FloatVector.fromArray(SPECIES, dy, dyAt + i).mul(slope).intoArray(dx, dxAt + i);
        }
        VectorMask<Float> rest = SPECIES.indexInRange(i, n);
        FloatVector slope = derivative(FloatVector.fromArray(SPECIES, x, xAt + i, rest));
        FloatVector.fromArray(SPECIES, dy, dyAt + i, rest).mul(slope).intoArray(dx, dxAt + i, rest);
    }

    private static FloatVector value(FloatVector x) {
        FloatVector e = x.lanewise(ABS).neg().lanewise(EXP);
        return x.max(0f).add(e.lanewise(LOG1P));
    }

    private static FloatVector derivative(FloatVector x) {
        return FloatVector.broadcast(SPECIES, 1f).div(x.neg().lanewise(EXP).add(1f));
    }
}
