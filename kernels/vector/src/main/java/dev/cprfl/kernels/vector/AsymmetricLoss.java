package dev.cprfl.kernels.vector;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.cprfl.kernels.AslShape;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The asymmetric loss (E9) of single logits. It is worked out on blocks that stay in the first-level cache, in several short
 * loops, because HotSpot does not keep one long loop free of objects.
 *
 * <p>Both s = sigmoid(x) and 1 - s are computed to full relative precision, and logarithms of numbers near 1 from their
 * complements, so that confident predictions keep their digits in float.
 */
final class AsymmetricLoss {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final FloatVector ZERO = FloatVector.zero(SPECIES);
    private static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1f);

    /** Numbers in a block. */
    private static final int BLOCK = 512;

    // Where the scratch of a block holds what.
    /** The logits, in the end the result. */
    private static final int X = 0;
    /** The targets. */
    private static final int Y = BLOCK;
    /** s. */
    private static final int S = 2 * BLOCK;
    /** 1 - s. */
    private static final int COMPLEMENT = 3 * BLOCK;
    /** y ln(max(s, eps)) + (1 - y) ln(max(sn, eps)). */
    private static final int ENTROPY = 4 * BLOCK;
    /** w = focus^exponent, focus = 1 - y s - (1 - y) sn. */
    private static final int WEIGHT = 5 * BLOCK;
    /** dloss. */
    private static final int DLOSS = 6 * BLOCK;
    private static final int SLOTS = 7;

    private AsymmetricLoss() {}

    static void forward(Workers workers, AslShape shape, FloatStorage x, FloatStorage y, FloatStorage loss) {
        Ranges.run(workers, shape.length(), 1, (from, to) -> {
            for (int i = from; i < to; i += BLOCK) {
                int n = Math.min(BLOCK, to - i);
                float[] block = weightAndEntropy(shape, x, y, i, n);
                lossLoop(block, n);
                System.arraycopy(block, X, loss.array, loss.offset + i, n);
            }
        });
    }

    static void backward(Workers workers, AslShape shape, FloatStorage x, FloatStorage y, FloatStorage dloss,
            FloatStorage dx) {
        float clip = (float) shape.clip();
        float slopeOfWeight = shape.detachFocus() ? 0 : 1;
        Ranges.run(workers, shape.length(), 1, (from, to) -> {
            for (int i = from; i < to; i += BLOCK) {
                int n = Math.min(BLOCK, to - i);
                float[] block = weightAndEntropy(shape, x, y, i, n);
                System.arraycopy(dloss.array, dloss.offset + i, block, DLOSS, n);
                weightSlopeLoop(block, n, (float) shape.gammaPos(), (float) shape.gammaNeg(), clip, slopeOfWeight);
                gradientLoop(block, n, clip, (float) shape.eps());
                System.arraycopy(block, X, dx.array, dx.offset + i, n);
            }
        });
    }

    /** A block with n logits and targets from index i on, and everything up to {@link #WEIGHT}. */
    private static float[] weightAndEntropy(AslShape shape, FloatStorage x, FloatStorage y, int i, int n) {
        float gammaPos = (float) shape.gammaPos();
        float gammaNeg = (float) shape.gammaNeg();
        float clip = (float) shape.clip();
        float logEps = (float) Math.log(shape.eps());
        float[] block = Scratch.floats(SLOTS * BLOCK);
        System.arraycopy(x.array, x.offset + i, block, X, n);
        System.arraycopy(y.array, y.offset + i, block, Y, n);
        probabilityLoop(block, n);
        positiveEntropyLoop(block, n, logEps);
        negativeEntropyLoop(block, n, clip, logEps);
        logWeightLoop(block, n, gammaPos, gammaNeg, clip);
        weightLoop(block, n, gammaPos, gammaNeg);
        return block;
    }

    private static void probabilityLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, block, X + i);
            FloatVector e = VectorMath.exp(x.abs().neg());
            FloatVector larger = ONE.div(e.add(ONE));
            FloatVector smaller = e.mul(larger);
            VectorMask<Float> negative = x.compare(LT, ZERO);
            larger.blend(smaller, negative).intoArray(block, S + i);
            smaller.blend(larger, negative).intoArray(block, COMPLEMENT + i);
        }
    }

    private static void positiveEntropyLoop(float[] block, int n, float logEps) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector log = VectorMath.log(FloatVector.fromArray(SPECIES, block, S + i),
                    FloatVector.fromArray(SPECIES, block, COMPLEMENT + i));
            y.mul(log.blend(logEps, log.compare(LT, logEps))).intoArray(block, ENTROPY + i);
        }
    }

    /** sn = min(1 - s + clip, 1) is one minus {@link #shifted}. */
    private static void negativeEntropyLoop(float[] block, int n, float clip, float logEps) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector sn = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i).add(clip);
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector ofPositive = FloatVector.fromArray(SPECIES, block, ENTROPY + i);
            FloatVector log = VectorMath.log(sn.blend(ONE, sn.compare(GT, ONE)),
                    shifted(FloatVector.fromArray(SPECIES, block, S + i), clip));
            log = log.blend(logEps, log.compare(LT, logEps));
            ofPositive.add(ONE.sub(y).mul(log)).intoArray(block, ENTROPY + i);
        }
    }

    private static void logWeightLoop(float[] block, int n, float gammaPos, float gammaNeg, float clip) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector exponent = exponent(FloatVector.fromArray(SPECIES, block, Y + i), gammaPos, gammaNeg);
            VectorMath.log(focus(block, i, clip)).mul(exponent).intoArray(block, WEIGHT + i);
        }
    }

    /** A weight with exponent 0 is 1, also where its logarithm is 0 times infinity. */
    private static void weightLoop(float[] block, int n, float gammaPos, float gammaNeg) {
        for (int i = 0; i < n; i += LANES) {
            VectorMask<Float> constant = exponent(FloatVector.fromArray(SPECIES, block, Y + i), gammaPos, gammaNeg)
                    .compare(EQ, ZERO);
            VectorMath.exp(FloatVector.fromArray(SPECIES, block, WEIGHT + i)).blend(ONE, constant).intoArray(block,
                    WEIGHT + i);
        }
    }

    private static void lossLoop(float[] block, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector.fromArray(SPECIES, block, WEIGHT + i).mul(FloatVector.fromArray(SPECIES, block, ENTROPY + i))
                    .neg().intoArray(block, X + i);
        }
    }

    /**
     * w' into X: exponent focus^(exponent - 1) focus', with focus' = s (1 - s) ((1 - y) [sn &lt;= 1] - y). It is 0 where the
     * focus is 0, because then focus' is 0 as well.
     */
    private static void weightSlopeLoop(float[] block, int n, float gammaPos, float gammaNeg, float clip,
            float slopeOfWeight) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector complement = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i);
            FloatVector exponent = exponent(y, gammaPos, gammaNeg).mul(slopeOfWeight);
            FloatVector focus = focus(block, i, clip);
            FloatVector unclipped = ONE.sub(y).blend(ZERO, complement.add(clip).compare(GT, ONE));
            FloatVector focusSlope = FloatVector.fromArray(SPECIES, block, S + i).mul(complement).mul(unclipped.sub(y));
            FloatVector slope = exponent.mul(FloatVector.fromArray(SPECIES, block, WEIGHT + i).div(focus))
                    .mul(focusSlope);
            VectorMask<Float> flat = exponent.compare(EQ, ZERO).or(focus.compare(EQ, ZERO));
            slope.blend(ZERO, flat).intoArray(block, X + i);
        }
    }

    /**
     * dx = -dloss (w' entropy + w entropy'), with entropy' = y (1 - s) - (1 - y) s (1 - s) / sn and each part 0 where it is
     * clamped.
     */
    private static void gradientLoop(float[] block, int n, float clip, float eps) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector s = FloatVector.fromArray(SPECIES, block, S + i);
            FloatVector complement = FloatVector.fromArray(SPECIES, block, COMPLEMENT + i);
            FloatVector sn = complement.add(clip);
            FloatVector ofPositive = complement.blend(ZERO, s.compare(LT, eps));
            FloatVector ofNegative = s.mul(complement).div(sn).neg();
            ofNegative = ofNegative.blend(ZERO, sn.compare(GT, ONE).or(sn.compare(LT, eps)));
            FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
            FloatVector entropySlope = y.mul(ofPositive).add(ONE.sub(y).mul(ofNegative));
            FloatVector slope = FloatVector.fromArray(SPECIES, block, X + i)
                    .mul(FloatVector.fromArray(SPECIES, block, ENTROPY + i));
            slope = slope.add(FloatVector.fromArray(SPECIES, block, WEIGHT + i).mul(entropySlope));
            slope.mul(FloatVector.fromArray(SPECIES, block, DLOSS + i)).neg().intoArray(block, X + i);
        }
    }

    /** 1 - y s - (1 - y) sn, as y (1 - s) + (1 - y) (1 - sn). */
    private static FloatVector focus(float[] block, int i, float clip) {
        FloatVector y = FloatVector.fromArray(SPECIES, block, Y + i);
        FloatVector ofNegative = ONE.sub(y).mul(shifted(FloatVector.fromArray(SPECIES, block, S + i), clip));
        return y.mul(FloatVector.fromArray(SPECIES, block, COMPLEMENT + i)).add(ofNegative);
    }

    /** max(s - clip, 0). */
    private static FloatVector shifted(FloatVector s, float clip) {
        FloatVector shifted = s.sub(clip);
        return shifted.blend(ZERO, shifted.compare(LT, ZERO));
    }

    private static FloatVector exponent(FloatVector y, float gammaPos, float gammaNeg) {
        return y.mul(gammaPos).add(ONE.sub(y).mul(gammaNeg));
    }
}
