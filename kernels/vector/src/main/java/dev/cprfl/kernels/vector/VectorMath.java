package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * Transcendental functions of all lanes at once: no branches, no tables, small methods that are inlined into the loops that
 * call them. HotSpot stops inlining when a method has grown to some fifty vector operations, and a vector that is then passed
 * to a real call becomes an object: loops that use these functions must be short and call them early, other loops call no
 * method but the Vector API's. Constants are broadcast in place; as {@code static final} vectors they cost half the speed.
 *
 * <p>The ideas are those of Cephes (Moshier 1989): reduce the argument, evaluate a polynomial, put the parts together. The
 * polynomials are minimax fits of the relative error, their coefficients rounded to float one after the other while the rest
 * was fitted again. NaN gives NaN. Errors are in ulp of the exact result; {@code VectorMathTest} asserts them.
 *
 * <p>exp and sigmoid never return a denormal number: arithmetic on those is up to a hundred times slower, and Java cannot
 * make the processor flush them to zero.
 */
final class VectorMath {

    /** Below this exp would be denormal: ln(2^-126). */
    static final float EXP_LOWEST = -87.33654f;
    /** Above this exp is infinite: the largest float below ln(2^128). */
    private static final float EXP_HIGHEST = 88.72283f;
    /** Below this the Gaussian counts as 0: -120 ln 2, rounded up. */
    private static final float GAUSSIAN_LOWEST = -83.17f;

    private static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts, the first with so few digits that its product with an exponent is exact. */
    private static final float LN2_HIGH = 355f / 512;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: adding it rounds a float to an integer, which then stands in the lowest bits. */
    private static final float ROUNDER = 0x1.8p23f;
    /** Bits in a float's fraction. */
    private static final int FRACTION = 23;
    /** The bits of sqrt(1/2). */
    private static final int SQRT_HALF = 0x3f3504f3;

    private VectorMath() {}

    /** exp(x), 0 where that would be denormal. Error below 1 ulp. */
    static FloatVector exp(FloatVector x) {
        return exp(x, EXP_LOWEST);
    }

    /**
     * exp(x), 0 where x &lt; lowest. With x = n ln 2 + r and |r| at most ln(2) / 2, exp(x) = 2^n (1 + r + r^2 P(r)).
     *
     * @param lowest not below {@link #EXP_LOWEST}
     */
    static FloatVector exp(FloatVector x, float lowest) {
        FloatVector rounded = x.fma(broadcast(SPECIES, LOG2_E), broadcast(SPECIES, ROUNDER));
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = n.fma(broadcast(SPECIES, -LN2_HIGH), x);
        FloatVector y = expOfReduced(n.fma(broadcast(SPECIES, -LN2_LOW), r), rounded);
        return x.add(Float.POSITIVE_INFINITY).blend(y, x.compare(LE, EXP_HIGHEST)).blend(0f, x.compare(LT, lowest));
    }

    /** 2^n (1 + r + r^2 P(r)), n being what was rounded. */
    private static FloatVector expOfReduced(FloatVector r, FloatVector rounded) {
        FloatVector p = broadcast(SPECIES, 1.3820734e-3f);
        p = p.fma(r, broadcast(SPECIES, 8.368677e-3f));
        p = p.fma(r, broadcast(SPECIES, 4.1668266e-2f));
        p = p.fma(r, broadcast(SPECIES, 1.6666521e-1f));
        p = p.fma(r, broadcast(SPECIES, 4.9999994e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = rounded.reinterpretAsInts().lanewise(LSHL, FRACTION);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /**
     * ln(x); minus infinity at 0, NaN below. With x = 2^n (1 + f) and 1 + f between sqrt(1/2) and sqrt(2),
     * ln(x) = n ln 2 + f - f^2 / 2 + f^3 P(f). Error below 1 ulp.
     */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> denormal = x.compare(LT, Float.MIN_NORMAL);
        IntVector bits = x.mul(0x1p23f, denormal).reinterpretAsInts();
        IntVector exponent = bits.sub(SQRT_HALF).lanewise(ASHR, FRACTION);
        FloatVector f = bits.sub(exponent.lanewise(LSHL, FRACTION)).reinterpretAsFloats().sub(1f);
        FloatVector n = ((FloatVector) exponent.convert(I2F, 0)).sub(FRACTION, denormal);
        FloatVector p = broadcast(SPECIES, -7.636439e-2f);
        p = p.fma(f, broadcast(SPECIES, 1.2762217e-1f));
        p = p.fma(f, broadcast(SPECIES, -1.3159610e-1f));
        p = p.fma(f, broadcast(SPECIES, 1.4201580e-1f));
        p = p.fma(f, broadcast(SPECIES, -1.6623409e-1f));
        p = p.fma(f, broadcast(SPECIES, 2.0001242e-1f));
        p = p.fma(f, broadcast(SPECIES, -2.5000820e-1f));
        p = p.fma(f, broadcast(SPECIES, 3.333333e-1f));
        FloatVector square = f.mul(f);
        p = p.mul(f).fma(square, n.mul(LN2_LOW));
        p = square.fma(broadcast(SPECIES, -0.5f), p).add(f);
        FloatVector y = n.fma(broadcast(SPECIES, LN2_HIGH), p);
        return x.blend(y, x.compare(LT, Float.POSITIVE_INFINITY))
                .blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f))
                .blend(Float.NaN, x.compare(LT, 0f));
    }

    /**
     * ln(1 - complement) given x = 1 - complement rounded to float: keeps the digits that x, when near 1, cannot hold. For x
     * in [0, 2], error below 2 ulp.
     */
    static FloatVector log(FloatVector x, FloatVector complement) {
        FloatVector log = log(x);
        FloatVector lost = broadcast(SPECIES, 1f).sub(x).sub(complement).div(x);
        return log.add(lost.blend(0f, x.compare(LT, 0.5f)));
    }

    /** 1 / (1 + exp(-x)), 0 where that would be denormal. Error below 2.5 ulp. */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector e = exp(x.abs().neg());
        return e.blend(1f, x.compare(GE, 0f)).div(e.add(1f));
    }

    /** tanh(x): x + x^3 P(x^2) near 0, else 1 - 2 / (exp(2 |x|) + 1) with the sign of x. Error below 2 ulp. */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector e = exp(size.add(size));
        FloatVector far = broadcast(SPECIES, 1f).sub(broadcast(SPECIES, 2f).div(e.add(1f)));
        FloatVector square = x.mul(x);
        FloatVector p = broadcast(SPECIES, -5.6922967e-3f);
        p = p.fma(square, broadcast(SPECIES, 2.0628167e-2f));
        p = p.fma(square, broadcast(SPECIES, -5.3736515e-2f));
        p = p.fma(square, broadcast(SPECIES, 1.3331406e-1f));
        p = p.fma(square, broadcast(SPECIES, -3.333328e-1f));
        FloatVector near = p.mul(square).fma(x, x);
        return far.blend(far.neg(), x.compare(LT, 0f)).blend(near, size.compare(LT, 0.625f));
    }

    /**
     * exp(-t^2 / 2) for t in [0, 13], 0 below 2^-120 so that its product with {@link #scaledNormalTail} is not denormal
     * either. The argument is reduced before it is rounded, or that would cost 80 ulp at t = 12. Error below 1.1 ulp.
     */
    static FloatVector gaussian(FloatVector t) {
        FloatVector half = t.mul(-0.5f);
        FloatVector x = half.mul(t);
        FloatVector rounded = x.fma(broadcast(SPECIES, LOG2_E), broadcast(SPECIES, ROUNDER));
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = half.fma(t, n.mul(-LN2_HIGH));
        FloatVector y = expOfReduced(n.fma(broadcast(SPECIES, -LN2_LOW), r), rounded);
        return y.blend(0f, x.compare(LT, GAUSSIAN_LOWEST));
    }

    /**
     * Phi(-t) exp(t^2 / 2) for t in [0, 13], Phi the normal distribution function: half of erfcx(t / sqrt 2), and 0.5 at 0.
     * A polynomial in (t - 3) / (t + 3), which maps the half line to [-1, 1) (Shepherd and Laframboise 1981). Error below
     * 6 ulp.
     */
    static FloatVector scaledNormalTail(FloatVector t) {
        FloatVector s = t.sub(3f).div(t.add(3f));
        FloatVector p = broadcast(SPECIES, 5.4474433e-5f);
        p = p.fma(s, broadcast(SPECIES, 1.1634733e-4f));
        p = p.fma(s, broadcast(SPECIES, -3.4031270e-4f));
        p = p.fma(s, broadcast(SPECIES, -9.8451190e-4f));
        p = p.fma(s, broadcast(SPECIES, 2.9049017e-3f));
        p = p.fma(s, broadcast(SPECIES, 6.1322920e-3f));
        p = p.fma(s, broadcast(SPECIES, -4.6213360e-2f));
        p = p.fma(s, broadcast(SPECIES, 1.2322501e-1f));
        p = p.fma(s, broadcast(SPECIES, -2.0640261e-1f));
        return p.fma(s, broadcast(SPECIES, 1.2151395e-1f));
    }
}
