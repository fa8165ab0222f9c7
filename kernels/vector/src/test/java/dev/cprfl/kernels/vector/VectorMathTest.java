package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.junit.jupiter.api.Test;

/** Scans floats over the whole range against double precision and asserts the errors that {@link VectorMath} states. */
class VectorMathTest {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Every so many floats is tried: a prime, so that all low bits occur. About two million a scan. */
    private static final int STEP = 2003;

    /** y = f(x) for one vector. */
    private interface Function {
        void apply(float[] x, float[] y);
    }

    @Test
    void exp() {
        Function f = (x, y) -> VectorMath.exp(load(x)).intoArray(y, 0);
        assertError(f, StrictMath::exp, -87.33f, 88.7228f, 1);
        assertFlushes(f, StrictMath::exp);
        assertValue(f, 0, 1);
        assertValue(f, 88.72283f, (float) StrictMath.exp(88.72283f));
        assertValue(f, Math.nextUp(88.72283f), Float.POSITIVE_INFINITY);
        assertValue(f, 1e30f, Float.POSITIVE_INFINITY);
        assertValue(f, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY);
        assertValue(f, -1e30f, 0);
        assertValue(f, Float.NEGATIVE_INFINITY, 0);
        assertValue(f, Float.NaN, Float.NaN);
        assertValue(f, Float.intBitsToFloat(0x7f812345), Float.NaN);
    }

    @Test
    void log() {
        Function f = (x, y) -> VectorMath.log(load(x)).intoArray(y, 0);
        assertError(f, StrictMath::log, Float.MIN_VALUE, Float.MAX_VALUE, 1);
        assertError(f, StrictMath::log, 0.99f, 1.01f, 1);
        assertValue(f, 1, 0);
        assertValue(f, 0, Float.NEGATIVE_INFINITY);
        assertValue(f, -0f, Float.NEGATIVE_INFINITY);
        assertValue(f, -1, Float.NaN);
        assertValue(f, Float.NEGATIVE_INFINITY, Float.NaN);
        assertValue(f, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY);
        assertValue(f, Float.NaN, Float.NaN);
    }

    @Test
    void logOfOnePlus() {
        Function f = (x, y) -> VectorMath.log(load(x).add(1f), load(x).neg()).intoArray(y, 0);
        assertError(f, StrictMath::log1p, -0.9999f, 1f, 2);
    }

    @Test
    void sigmoid() {
        Function f = (x, y) -> VectorMath.sigmoid(load(x)).intoArray(y, 0);
        DoubleUnaryOperator truth = x -> 1 / (1 + StrictMath.exp(-x));
        assertError(f, truth, -87.33f, 100, 2.5);
        assertFlushes(f, truth);
        assertValue(f, 0, 0.5f);
        assertValue(f, Float.NEGATIVE_INFINITY, 0);
        assertValue(f, Float.POSITIVE_INFINITY, 1);
        assertValue(f, Float.NaN, Float.NaN);
    }

    @Test
    void tanh() {
        Function f = (x, y) -> VectorMath.tanh(load(x)).intoArray(y, 0);
        assertError(f, StrictMath::tanh, -Float.MAX_VALUE, Float.MAX_VALUE, 2);
        assertError(f, StrictMath::tanh, -2, 2, 2);
        assertValue(f, Float.NEGATIVE_INFINITY, -1);
        assertValue(f, Float.POSITIVE_INFINITY, 1);
        assertValue(f, Float.NaN, Float.NaN);
    }

    @Test
    void gaussian() {
        Function f = (x, y) -> VectorMath.gaussian(load(x)).intoArray(y, 0);
        assertError(f, t -> StrictMath.exp(-t * t / 2), 0, 12.89f, 1.1);
        assertValue(f, 12.9f, 0);
        assertValue(f, Float.NaN, Float.NaN);
    }

    @Test
    void scaledNormalTail() {
        Function f = (x, y) -> VectorMath.scaledNormalTail(load(x)).intoArray(y, 0);
        assertError(f, VectorMathTest::scaledNormalTail, 0, 13, 6);
        assertValue(f, 0, 0.5f);
        assertValue(f, Float.NaN, Float.NaN);
    }

    /** Phi(-t) exp(t^2 / 2): near 0 from the Taylor series of Phi, elsewhere Laplace's continued fraction. */
    private static double scaledNormalTail(double t) {
        if (t < 2) {
            double term = t;
            double sum = t;
            for (int n = 1; n < 60; n++) {
                term *= t * t / (2 * n + 1);
                sum += term;
            }
            return StrictMath.exp(t * t / 2) / 2 - sum / Math.sqrt(2 * Math.PI);
        }
        double fraction = t;
        for (int n = 200; n > 0; n--) {
            fraction = t + n / fraction;
        }
        return 1 / fraction / Math.sqrt(2 * Math.PI);
    }

    private static FloatVector load(float[] x) {
        return FloatVector.fromArray(SPECIES, x, 0);
    }

    private static void assertValue(Function f, float x, float expected) {
        float[] xs = new float[SPECIES.length()];
        float[] ys = new float[SPECIES.length()];
        Arrays.fill(xs, x);
        f.apply(xs, ys);
        assertThat(ys).as("f(%s)", x).containsOnly(expected);
    }

    private static void assertError(Function f, DoubleUnaryOperator truth, float from, float to, double ulps) {
        double[] worst = {0, Double.NaN};
        scan(f, from, to, (x, y) -> {
            double exact = truth.applyAsDouble(x);
            double error = Math.abs(y - exact) / Math.ulp((float) exact);
            if (!(error <= worst[0])) {
                worst[0] = error;
                worst[1] = x;
            }
        });
        assertThat(worst[0]).as("ulp at %s", worst[1]).isLessThan(ulps);
    }

    /** Nothing below the normal range comes out, and 0 only where the truth is small. */
    private static void assertFlushes(Function f, DoubleUnaryOperator truth) {
        scan(f, -Float.MAX_VALUE, 0, (x, y) -> {
            if (y < Float.MIN_NORMAL && (y != 0 || truth.applyAsDouble(x) > 2 * Float.MIN_NORMAL)) {
                throw new AssertionError("f(" + x + ") = " + y);
            }
        });
    }

    private interface Check {
        void accept(float x, float y);
    }

    private static void scan(Function f, float from, float to, Check check) {
        float[] xs = new float[SPECIES.length()];
        float[] ys = new float[SPECIES.length()];
        long last = order(to);
        for (long i = order(from); i <= last; i += (long) STEP * xs.length) {
            for (int lane = 0; lane < xs.length; lane++) {
                xs[lane] = atOrder(Math.min(last, i + (long) lane * STEP));
            }
            f.apply(xs, ys);
            for (int lane = 0; lane < xs.length; lane++) {
                check.accept(xs[lane], ys[lane]);
            }
        }
    }

    /** The place of x in the order of all floats. */
    private static long order(float x) {
        int bits = Float.floatToIntBits(x);
        return bits >= 0 ? bits : Integer.MIN_VALUE - (long) bits;
    }

    private static float atOrder(long order) {
        return Float.intBitsToFloat((int) (order >= 0 ? order : Integer.MIN_VALUE - order));
    }
}
