package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.cprfl.kernels.AdamWStep;
import jdk.incubator.vector.FloatVector;

/**
 * Updates of parameters and their averages, in one walk over the arrays: an average takes its part of the new parameters while
 * they are in the cache. An average that has decayed into the denormal
 * range becomes 0, or it would stay there for good and slow every later step down.
 */
final class Training {

    private Training() {}

    static void adamW(Workers workers, AdamWStep step, FloatStorage gradient, FloatStorage parameter, FloatStorage m,
            FloatStorage v, double decay, FloatStorage average) {
        Ranges.run(workers, parameter.length, 1, (from, to) -> {
            adamW(step, gradient.array, gradient.offset + from, parameter.array, parameter.offset + from, m.array,
                    m.offset + from, v.array, v.offset + from, to - from);
            if (average != null) {
                ema((float) decay, (float) (1 - decay), parameter.array, parameter.offset + from, average.array,
                        average.offset + from, to - from);
            }
        });
    }

    private static void adamW(AdamWStep step, float[] g, int gAt, float[] p, int pAt, float[] m, int mAt, float[] v,
            int vAt, int n) {
        float keep = (float) (1 - step.lr() * step.weightDecay());
        float rate = (float) (step.lr() / step.biasCorrection1());
        float correction = (float) (1 / Math.sqrt(step.biasCorrection2()));
        float eps = (float) step.eps();
        float oldM = (float) step.beta1();
        float newM = (float) (1 - step.beta1());
        float oldV = (float) step.beta2();
        float newV = (float) (1 - step.beta2());
        FloatVector minusRate = FloatVector.broadcast(SPECIES, -rate);
        FloatVector corrections = FloatVector.broadcast(SPECIES, correction);
        FloatVector epsilons = FloatVector.broadcast(SPECIES, eps);
        FloatVector newMs = FloatVector.broadcast(SPECIES, newM);
        FloatVector newVs = FloatVector.broadcast(SPECIES, newV);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector gi = FloatVector.fromArray(SPECIES, g, gAt + i);
            FloatVector mi = gi.fma(newMs, FloatVector.fromArray(SPECIES, m, mAt + i).mul(oldM));
            mi = mi.blend(0f, mi.abs().compare(LT, Float.MIN_NORMAL));
            mi.intoArray(m, mAt + i);
            FloatVector vi = gi.mul(gi).fma(newVs, FloatVector.fromArray(SPECIES, v, vAt + i).mul(oldV));
            vi = vi.blend(0f, vi.abs().compare(LT, Float.MIN_NORMAL));
            vi.intoArray(v, vAt + i);
            FloatVector direction = mi.div(vi.sqrt().fma(corrections, epsilons));
            FloatVector decayed = FloatVector.fromArray(SPECIES, p, pAt + i).mul(keep);
            direction.fma(minusRate, decayed).intoArray(p, pAt + i);
        }
        for (; i < n; i++) {
            float gi = g[gAt + i];
            float mi = flush(Math.fma(gi, newM, m[mAt + i] * oldM));
            float vi = flush(Math.fma(gi * gi, newV, v[vAt + i] * oldV));
            m[mAt + i] = mi;
            v[vAt + i] = vi;
            float direction = mi / Math.fma((float) Math.sqrt(vi), correction, eps);
            p[pAt + i] = Math.fma(direction, -rate, p[pAt + i] * keep);
        }
    }

    static void ema(Workers workers, double decay, FloatStorage x, FloatStorage average) {
        Ranges.run(workers, average.length, 1, (from, to) -> ema((float) decay, (float) (1 - decay), x.array,
                x.offset + from, average.array, average.offset + from, to - from));
    }

    private static void ema(float decay, float step, float[] x, int xAt, float[] average, int averageAt, int n) {
        FloatVector steps = FloatVector.broadcast(SPECIES, step);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector old = FloatVector.fromArray(SPECIES, average, averageAt + i).mul(decay);
            FloatVector mean = FloatVector.fromArray(SPECIES, x, xAt + i).fma(steps, old);
            mean.blend(0f, mean.abs().compare(LT, Float.MIN_NORMAL)).intoArray(average, averageAt + i);
        }
        for (; i < n; i++) {
            average[averageAt + i] = flush(Math.fma(x[xAt + i], step, average[averageAt + i] * decay));
        }
    }

    private static float flush(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? 0 : x;
    }
}
