package dev.cprfl.kernels.vector;

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
import jdk.incubator.vector.VectorSpecies;

/**
 * Transcendental functions of all lanes at once: no branches, no tables, small methods that are inlined into the loops that
 * call them. HotSpot stops inlining when a method has grown to some fifty vector operations, and a vector that is then passed
 * to a real call becomes an object: loops that use these functions must be short and call them early, other loops call no
 * method but the Vector API's. Constants are vectors already because each broadcast would count as an operation.
 *
 * <p>The ideas are those of Cephes (Moshier 1989): reduce the argument, evaluate a polynomial, put the parts together. The
 * polynomials are minimax fits of the relative error, their coefficients rounded to float one after the other
 * while the rest was fitted again. NaN gives NaN. Errors are in ulp of the exact result; {@code VectorMathTest} asserts them.
 *
 * <p>exp and sigmoid never return a denormal number: arithmetic on those is up to a hundred times slower, and Java cannot
 * make the processor flush them to zero.
 */
final class VectorMath {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Bits in a float's fraction. */
    private static final int FRACTION = 23;
    /** The bits of sqrt(1/2). */
    private static final int SQRT_HALF = 0x3f3504f3;

    private static final FloatVector ZERO = all(0f);
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector ONE = all(1f);
    private static final FloatVector TWO = all(2f);
    private static final FloatVector THREE = all(3f);
    private static final FloatVector MINUS_HALF = all(-0.5f);
    private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
    private static final FloatVector MINUS_INFINITY = all(Float.NEGATIVE_INFINITY);
    private static final FloatVector NAN = all(Float.NaN);
    private static final FloatVector MIN_NORMAL = all(Float.MIN_NORMAL);
    /** Below this exp would be denormal: ln(2^-126). */
    private static final FloatVector EXP_LOWEST = all(-87.33654f);
    /** Below this the Gaussian counts as 0: -120 ln 2, rounded up. */
    private static final FloatVector GAUSSIAN_LOWEST = all(-83.17f);
    /** Above this exp is infinite: the largest float below ln(2^128). */
    private static final FloatVector EXP_HIGHEST = all(88.72283f);
    private static final FloatVector LOG2_E = all(1.442695f);
    /** ln 2 in two parts, the first with so few digits that its product with an exponent is exact. */
    private static final FloatVector LN2_HIGH = all(355f / 512);
    private static final FloatVector LN2_LOW = all(-2.12194440e-4f);
    private static final FloatVector MINUS_LN2_HIGH = LN2_HIGH.neg();
    private static final FloatVector MINUS_LN2_LOW = LN2_LOW.neg();
    /** 1.5 * 2^23: adding it rounds a float to an integer, which then stands in the lowest bits. */
    private static final FloatVector ROUNDER = all(0x1.8p23f);

    // Coefficients, named after the power they belong to. As vectors: see the class comment.
    private static final FloatVector EXP_2 = all(4.9999994e-1f);
    private static final FloatVector EXP_3 = all(1.6666521e-1f);
    private static final FloatVector EXP_4 = all(4.1668266e-2f);
    private static final FloatVector EXP_5 = all(8.368677e-3f);
    private static final FloatVector EXP_6 = all(1.3820734e-3f);

    private static final FloatVector LOG_3 = all(3.333333e-1f);
    private static final FloatVector LOG_4 = all(-2.5000820e-1f);
    private static final FloatVector LOG_5 = all(2.0001242e-1f);
    private static final FloatVector LOG_6 = all(-1.6623409e-1f);
    private static final FloatVector LOG_7 = all(1.4201580e-1f);
    private static final FloatVector LOG_8 = all(-1.3159610e-1f);
    private static final FloatVector LOG_9 = all(1.2762217e-1f);
    private static final FloatVector LOG_10 = all(-7.636439e-2f);

    private static final FloatVector TANH_NEAR = all(0.625f);
    private static final FloatVector TANH_3 = all(-3.333328e-1f);
    private static final FloatVector TANH_5 = all(1.3331406e-1f);
    private static final FloatVector TANH_7 = all(-5.3736515e-2f);
    private static final FloatVector TANH_9 = all(2.0628167e-2f);
    private static final FloatVector TANH_11 = all(-5.6922967e-3f);

    private static final FloatVector TAIL_0 = all(1.2151395e-1f);
    private static final FloatVector TAIL_1 = all(-2.0640261e-1f);
    private static final FloatVector TAIL_2 = all(1.2322501e-1f);
    private static final FloatVector TAIL_3 = all(-4.6213360e-2f);
    private static final FloatVector TAIL_4 = all(6.1322920e-3f);
    private static final FloatVector TAIL_5 = all(2.9049017e-3f);
    private static final FloatVector TAIL_6 = all(-9.8451190e-4f);
    private static final FloatVector TAIL_7 = all(-3.4031270e-4f);
    private static final FloatVector TAIL_8 = all(1.1634733e-4f);
    private static final FloatVector TAIL_9 = all(5.4474433e-5f);

    private VectorMath() {}

    /** exp(x), 0 where that would be denormal. Error below 1 ulp. */
    static FloatVector exp(FloatVector x) {
        return exp(x, EXP_LOWEST);
    }

    /**
     * exp(x), 0 where x &lt; lowest. With x = n ln 2 + r and |r| at most ln(2) / 2, exp(x) = 2^n (1 + r + r^2 P(r)).
     *
     * @param lowest in all lanes, not below {@link #EXP_LOWEST}
     */
    static FloatVector exp(FloatVector x, FloatVector lowest) {
        FloatVector rounded = x.fma(LOG2_E, ROUNDER);
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
        FloatVector p = EXP_6.fma(r, EXP_5).fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2);
        p = p.fma(r.mul(r), r).add(ONE);
        IntVector exponent = rounded.reinterpretAsInts().lanewise(LSHL, FRACTION);
        FloatVector y = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return x.add(INFINITY).blend(y, x.compare(LE, EXP_HIGHEST)).blend(ZERO, x.compare(LT, lowest));
    }

    /**
     * ln(x); minus infinity at 0, NaN below. With x = 2^n (1 + f) and 1 + f between sqrt(1/2) and sqrt(2),
     * ln(x) = n ln 2 + f - f^2 / 2 + f^3 P(f). Error below 1 ulp.
     */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> denormal = x.compare(LT, MIN_NORMAL);
        IntVector bits = x.mul(0x1p23f, denormal).reinterpretAsInts();
        IntVector exponent = bits.sub(SQRT_HALF).lanewise(ASHR, FRACTION);
        FloatVector f = bits.sub(exponent.lanewise(LSHL, FRACTION)).reinterpretAsFloats().sub(ONE);
        FloatVector n = ((FloatVector) exponent.convert(I2F, 0)).sub(FRACTION, denormal);
        FloatVector p = LOG_10.fma(f, LOG_9).fma(f, LOG_8).fma(f, LOG_7).fma(f, LOG_6).fma(f, LOG_5).fma(f, LOG_4);
        FloatVector square = f.mul(f);
        p = p.fma(f, LOG_3).mul(f).fma(square, n.mul(LN2_LOW));
        FloatVector y = n.fma(LN2_HIGH, square.fma(MINUS_HALF, p).add(f));
        return x.blend(y, x.compare(LT, INFINITY)).blend(MINUS_INFINITY, x.compare(EQ, ZERO)).blend(NAN,
                x.compare(LT, ZERO));
    }

    /**
     * ln(1 - complement) given x = 1 - complement rounded to float: keeps the digits that x, when near 1, cannot hold. For x
     * in [0, 2], error below 2 ulp.
     */
    static FloatVector log(FloatVector x, FloatVector complement) {
        FloatVector log = log(x);
        FloatVector lost = ONE.sub(x).sub(complement).div(x);
        return log.add(lost.blend(ZERO, x.compare(LT, HALF)));
    }

    /** 1 / (1 + exp(-x)), 0 where that would be denormal. Error below 2.5 ulp. */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector e = exp(x.abs().neg());
        return e.blend(ONE, x.compare(GE, ZERO)).div(e.add(ONE));
    }

    /** tanh(x): x + x^3 P(x^2) near 0, else 1 - 2 / (exp(2 |x|) + 1) with the sign of x. Error below 2 ulp. */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector far = ONE.sub(TWO.div(exp(size.add(size)).add(ONE)));
        FloatVector square = x.mul(x);
        FloatVector p = TANH_11.fma(square, TANH_9).fma(square, TANH_7).fma(square, TANH_5).fma(square, TANH_3);
        FloatVector near = p.mul(square).fma(x, x);
        return far.blend(far.neg(), x.compare(LT, ZERO)).blend(near, size.compare(LT, TANH_NEAR));
    }

    /**
     * exp(-t^2 / 2), 0 below 2^-120 so that its product with {@link #scaledNormalTail} is not denormal either. The rounding
     * error of t^2 is made good, or it would cost 80 ulp at t = 12. Error below 2 ulp for t in [0, 13].
     */
    static FloatVector gaussian(FloatVector t) {
        FloatVector square = t.mul(t);
        FloatVector lost = t.fma(t, square.neg());
        FloatVector e = exp(square.mul(MINUS_HALF), GAUSSIAN_LOWEST);
        return lost.mul(MINUS_HALF).fma(e, e);
    }

    /**
     * Phi(-t) exp(t^2 / 2) for t in [0, 13], Phi the normal distribution function: half of erfcx(t / sqrt 2), and 0.5 at 0.
     * A polynomial in (t - 3) / (t + 3), which maps the half line to [-1, 1) (Shepherd and Laframboise 1981). Error below
     * 6 ulp.
     */
    static FloatVector scaledNormalTail(FloatVector t) {
        FloatVector s = t.sub(THREE).div(t.add(THREE));
        FloatVector p = TAIL_9.fma(s, TAIL_8).fma(s, TAIL_7).fma(s, TAIL_6).fma(s, TAIL_5).fma(s, TAIL_4);
        return p.fma(s, TAIL_3).fma(s, TAIL_2).fma(s, TAIL_1).fma(s, TAIL_0);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
