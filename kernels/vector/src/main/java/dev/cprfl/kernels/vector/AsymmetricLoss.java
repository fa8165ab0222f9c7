package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.cprfl.kernels.AslShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * The asymmetric loss (E9) of single logits: -w entropy, with w = focus^exponent, focus = 1 - y s - (1 - y) sn and
 * entropy = y ln(max(s, eps)) + (1 - y) ln(max(sn, eps)). It is worked out on blocks that stay in the first-level cache, in
 * several short loops, because HotSpot does not keep one long loop free of objects. Targets of 0 and 1 with exponents of
 * one octal digit, the usual case, need one logarithm; others three logarithms and an exponential.
 *
 * <p>Both s = sigmoid(x) and 1 - s are computed to full relative precision, and logarithms of numbers near 1 from their
 * complements, so that confident predictions keep their digits in float.
 */
final class AsymmetricLoss {

    /** Numbers in a block. */
    private static final int BLOCK = 256;

    // Where a block's scratch holds what.
    private static final int X = 0;
    private static final int Y = BLOCK;
    private static final int S = 2 * BLOCK;
    /** 1 - s. */
    private static final int COMPLEMENT = 3 * BLOCK;
    private static final int FOCUS = 4 * BLOCK;
    private static final int EXPONENT = 5 * BLOCK;
    private static final int WEIGHT = 6 * BLOCK;
    private static final int ENTROPY = 7 * BLOCK;
    private static final int DLOSS = 8 * BLOCK;
    /** The loss or dx. */
    private static final int RESULT = 9 * BLOCK;
    private static final int SLOTS = 10;

    private AsymmetricLoss() {}

    static void forward(Workers workers, AslShape shape, FloatStorage x, FloatStorage y, FloatStorage loss) {
        Ranges.run(workers, shape.length(), 1, (from, to) -> {
            float[] block = Scratch.floats(SLOTS * BLOCK);
            for (int i = from; i < to; i += BLOCK) {
                int n = Math.min(BLOCK, to - i);
                prepare(shape, x, y, i, n, block);
                weight(block, n);
                entropy(shape, block, n);
                lossLoop(block, n);
                System.arraycopy(block, RESULT, loss.array, loss.offset + i, n);
            }
        });
    }

    static void backward(Workers workers, AslShape shape, FloatStorage x, FloatStorage y, FloatStorage dloss,
            FloatStorage dx) {
        float clip = (float) shape.clip();
        Ranges.run(workers, shape.length(), 1, (from, to) -> {
            float[] block = Scratch.floats(SLOTS * BLOCK);
            for (int i = from; i < to; i += BLOCK) {
                int n = Math.min(BLOCK, to - i);
                prepare(shape, x, y, i, n, block);
                System.arraycopy(dloss.array, dloss.offset + i, block, DLOSS, n);
                weight(block, n);
                gradientLoop(block, n, clip, (float) shape.eps());
                if (!shape.detachFocus()) {
                    entropy(shape, block, n);
                    weightGradientLoop(block, n, clip);
                }
                System.arraycopy(block, RESULT, dx.array, dx.offset + i, n);
            }
        });
    }

    /** Copies n logits and targets from index i on; computes probabilities, focus and exponent. */
    private static void prepare(AslShape shape, FloatStorage x, FloatStorage y, int i, int n, float[] block) {
        System.arraycopy(x.array, x.offset + i, block, X, n);
        System.arraycopy(y.array, y.offset + i, block, Y, n);
        // What lay behind the targets must not decide which loops are run.
        Arrays.fill(block, Y + n, Y + Math.min(BLOCK, n + LANES), 0);
        probabilityLoop(block, n);
        focusLoop(block, n, (float) shape.gammaPos(), (float) shape.gammaNeg(), (float) shape.clip());
    }

    private static void weight(float[] block, int n) {
        if (exponentsAreDigits(block, n)) {
            digitWeightLoop(block, n);
        } else {
            logWeightLoop(block, n);
            weightLoop(block, n);
        }
    }

    private static void entropy(AslShape shape, float[] block, int n) {
        float clip = (float) shape.clip();
        float logEps = (float) Math.log(shape.eps());
        if (targetsAreHard(block, n)) {
            hardEntropyLoop(block, n, clip, logEps);
        } else {
            positiveEntropyLoop(block, n, logEps);
            negativeEntropyLoop(block, n, clip, logEps);
        }
    }

    /** Whether each exponent is a whole number below 8. */
    private static boolean exponentsAreDigits(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector exponent = FloatVector.fromArray(SPECIES, block, EXPONENT + i);
            VectorMask<Float> whole = exponent.compare(EQ, exponent.convert(F2I, 0).convert(I2F, 0));
            if (!whole.and(exponent.compare(LT, 8f)).allTrue()) {
                return false;
            }
        }
        return true;
    }

    /** Whether each target is 0 or 1. */
    private static boolean targetsAreHard(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            if (!y.compare(EQ, 0f).or(y.compare(EQ, 1f)).allTrue()) {
                return false;
            }
        }
        return true;
    }

    private static void probabilityLoop(float[] block, int n) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, block, X + i);
            FloatVector e = VectorMath.exp(x.abs().neg());
            FloatVector larger = one.div(e.add(one));
            FloatVector smaller = e.mul(larger);
            VectorMask<Float> negative = x.compare(LT, 0f);
            larger.blend(smaller, negative).intoArray(block, S + i);
            smaller.blend(larger, negative).intoArray(block, COMPLEMENT + i);
        }
    }

    /** focus = 1 - y s - (1 - y) sn, as y (1 - s) + (1 - y) max(s - clip, 0); exponent = y gammaPos + (1 - y) gammaNeg. */
    private static void focusLoop(float[] block, int n, float gammaPos, float gammaNeg, float clip) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector shifted = FloatVector.fromArray(SPECIES, block, S + i).sub(clip);
            shifted = shifted.blend(0f, shifted.compare(LT, 0f));
            FloatVector ofPositive = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i).mul(y);
            one.sub(y).mul(shifted).add(ofPositive).intoArray(block, FOCUS + i);
            one.sub(y).mul(gammaNeg).add(y.mul(gammaPos)).intoArray(block, EXPONENT + i);
        }
    }

    /** The product of those of focus, focus^2 and focus^4 whose bit is set in the exponent. */
    private static void digitWeightLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector power1 = FloatVector.fromArray(SPECIES, block, FOCUS + i);
            FloatVector power2 = power1.mul(power1);
            FloatVector power4 = power2.mul(power2);
            FloatVector exponent = FloatVector.fromArray(SPECIES, block, EXPONENT + i);
            IntVector bits = (IntVector) exponent.convert(F2I, 0);
            FloatVector weight = power1.blend(1f, bits.and(1).compare(EQ, 0).cast(SPECIES));
            weight = weight.mul(power2.blend(1f, bits.and(2).compare(EQ, 0).cast(SPECIES)));
            weight = weight.mul(power4.blend(1f, bits.and(4).compare(EQ, 0).cast(SPECIES)));
            weight.intoArray(block, WEIGHT + i);
        }
    }

    private static void logWeightLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector log = VectorMath.log(FloatVector.fromArray(SPECIES, block, FOCUS + i));
            FloatVector.fromArray(SPECIES, block, EXPONENT + i).mul(log).intoArray(block, WEIGHT + i);
        }
    }

    /** A weight with exponent 0 is 1, also where its logarithm is 0 times infinity. */
    private static void weightLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector weight = VectorMath.exp(FloatVector.fromArray(SPECIES, block, WEIGHT + i));
            VectorMask<Float> constant = FloatVector.fromArray(SPECIES, block, EXPONENT + i).compare(EQ, 0f);
            weight.blend(1f, constant).intoArray(block, WEIGHT + i);
        }
    }

    /** With targets of 0 and 1 the entropy is one logarithm, and the focus is the complement of its argument. */
    private static void hardEntropyLoop(float[] block, int n, float clip, float logEps) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector sn = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i).add(clip);
            sn = sn.blend(1f, sn.compare(GT, 1f));
            VectorMask<Float> isPositive = FloatVector.fromArray(SPECIES, block, Y + i).compare(EQ, 1f);
            FloatVector p = sn.blend(FloatVector.fromArray(SPECIES, block, S + i), isPositive);
            FloatVector log = VectorMath.log(p, FloatVector.fromArray(SPECIES, block, FOCUS + i));
            log.blend(logEps, log.compare(LT, logEps)).intoArray(block, ENTROPY + i);
        }
    }

    private static void positiveEntropyLoop(float[] block, int n, float logEps) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector complement = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i);
            FloatVector log = VectorMath.log(FloatVector.fromArray(SPECIES, block, S + i), complement);
            log = log.blend(logEps, log.compare(LT, logEps));
            FloatVector.fromArray(SPECIES, block, Y + i).mul(log).intoArray(block, ENTROPY + i);
        }
    }

    private static void negativeEntropyLoop(float[] block, int n, float clip, float logEps) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector shifted = FloatVector.fromArray(SPECIES, block, S + i).sub(clip);
            FloatVector sn = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i).add(clip);
            VectorMask<Float> clipped = shifted.compare(LT, 0f);
            FloatVector log = VectorMath.log(sn.blend(1f, clipped), shifted.blend(0f, clipped));
            log = log.blend(logEps, log.compare(LT, logEps));
            FloatVector entropy = one.sub(FloatVector.fromArray(SPECIES, block, Y + i)).mul(log);
            FloatVector.fromArray(SPECIES, block, ENTROPY + i).add(entropy).intoArray(block, ENTROPY + i);
        }
    }

    private static void lossLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector weight = FloatVector.fromArray(SPECIES, block, WEIGHT + i);
            weight.mul(FloatVector.fromArray(SPECIES, block, ENTROPY + i)).neg().intoArray(block, RESULT + i);
        }
    }

    /** -dloss w entropy', with entropy' = y (1 - s) - (1 - y) s (1 - s) / sn, each part 0 where it is clamped. */
    private static void gradientLoop(float[] block, int n, float clip, float eps) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector s = FloatVector.fromArray(SPECIES, block, S + i);
            FloatVector complement = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i);
            FloatVector sn = complement.add(clip);
            FloatVector ofPositive = complement.blend(0f, s.compare(LT, eps));
            FloatVector ofNegative = s.mul(complement).div(sn);
            ofNegative = ofNegative.blend(0f, sn.compare(GT, 1f).or(sn.compare(LT, eps)));
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector minusSlope = one.sub(y).mul(ofNegative).sub(y.mul(ofPositive));
            FloatVector weight = FloatVector.fromArray(SPECIES, block, WEIGHT + i);
            FloatVector.fromArray(SPECIES, block, DLOSS + i).mul(weight).mul(minusSlope).intoArray(block, RESULT + i);
        }
    }

    /**
     * Adds -dloss w' entropy: w' = exponent focus^(exponent - 1) focus', with focus' = s (1 - s) ((1 - y) [sn &lt;= 1] - y).
     * Where the focus is 0, so is focus'.
     */
    private static void weightGradientLoop(float[] block, int n, float clip) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector complement = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i);
            FloatVector unclipped = one.sub(y).blend(0f, complement.add(clip).compare(GT, 1f));
            FloatVector focusSlope = FloatVector.fromArray(SPECIES, block, S + i).mul(complement).mul(unclipped.sub(y));
            FloatVector focus = FloatVector.fromArray(SPECIES, block, FOCUS + i);
            FloatVector exponent = FloatVector.fromArray(SPECIES, block, EXPONENT + i);
            FloatVector slope = FloatVector.fromArray(SPECIES, block, WEIGHT + i).div(focus).mul(exponent)
                    .mul(focusSlope);
            slope = slope.blend(0f, exponent.compare(EQ, 0f).or(focus.compare(EQ, 0f)));
            slope = slope.mul(FloatVector.fromArray(SPECIES, block, ENTROPY + i));
            FloatVector result = FloatVector.fromArray(SPECIES, block, RESULT + i);
            result.sub(FloatVector.fromArray(SPECIES, block, DLOSS + i).mul(slope)).intoArray(block, RESULT + i);
        }
    }
}
