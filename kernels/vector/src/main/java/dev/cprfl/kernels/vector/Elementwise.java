package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.Dropout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Fills, copies, linear updates and dropout. */
final class Elementwise {

    private Elementwise() {}

    static void fill(Workers workers, float value, FloatStorage y) {
        Ranges.run(workers, y.length, 1,
                (from, to) -> Arrays.fill(y.array, y.offset + from, y.offset + to, value));
    }

    static void copy(Workers workers, CopyShape shape, FloatStorage x, FloatStorage y) {
        if (shape.rows() == 1) {
            Ranges.run(workers, shape.columns(), 1, (from, to) -> System.arraycopy(x.array, x.offset + from, y.array,
                    y.offset + from, to - from));
        } else {
            Ranges.run(workers, shape.rows(), shape.columns(), (from, to) -> copyRows(shape, from, to, x, y));
        }
    }

    private static void copyRows(CopyShape shape, int from, int to, FloatStorage x, FloatStorage y) {
        for (int r = from; r < to; r++) {
            System.arraycopy(x.array, x.offset + r * shape.sourceStride(), y.array, y.offset + r * shape.targetStride(),
                    shape.columns());
        }
    }

    static void scale(Workers workers, float alpha, FloatStorage x, FloatStorage y) {
        Ranges.run(workers, y.length, 1,
                (from, to) -> scale(alpha, x.array, x.offset + from, y.array, y.offset + from, to - from));
    }

    /** y = alpha x. */
    static void scale(float alpha, float[] x, int xAt, float[] y, int yAt, int length) {
        int i = 0;
        for (; i < SPECIES.loopBound(length); i += LANES) {
            FloatVector.fromArray(SPECIES, x, xAt + i).mul(alpha).intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            y[yAt + i] = alpha * x[xAt + i];
        }
    }

    /** y = max(y, 0). A NaN stays one. */
    static void relu(float[] y, int yAt, int length) {
        int i = 0;
        for (; i < SPECIES.loopBound(length); i += LANES) {
            FloatVector sum = FloatVector.fromArray(SPECIES, y, yAt + i);
            sum.blend(0f, sum.compare(LT, 0f)).intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            y[yAt + i] = y[yAt + i] < 0 ? 0 : y[yAt + i];
        }
    }

    /** y = max(y + x, 0). A NaN stays one. */
    static void addRelu(float[] x, int xAt, float[] y, int yAt, int length) {
        int i = 0;
        for (; i < SPECIES.loopBound(length); i += LANES) {
            FloatVector sum = FloatVector.fromArray(SPECIES, y, yAt + i)
                    .add(FloatVector.fromArray(SPECIES, x, xAt + i));
            sum.blend(0f, sum.compare(LT, 0f)).intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            float sum = y[yAt + i] + x[xAt + i];
            y[yAt + i] = sum < 0 ? 0 : sum;
        }
    }

    /** Dropout with the random numbers of {@link Dropout}. */
    static void dropout(Workers workers, double p, long seed, FloatStorage x, FloatStorage y) {
        float factor = (float) (1 / (1 - p));
        Ranges.run(workers, y.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                y.array[y.offset + i] = x.array[x.offset + i] * (Dropout.keeps(seed, i, p) ? factor : 0);
            }
        });
    }

    static void accumulate(Workers workers, float alpha, FloatStorage x, FloatStorage y) {
        Ranges.run(workers, y.length, 1,
                (from, to) -> accumulate(alpha, x.array, x.offset + from, y.array, y.offset + from, to - from));
    }

    /** y += alpha x. */
    static void accumulate(float alpha, float[] x, int xAt, float[] y, int yAt, int length) {
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        int i = 0;
        for (; i < SPECIES.loopBound(length); i += LANES) {
            FloatVector sum = FloatVector.fromArray(SPECIES, y, yAt + i);
            FloatVector.fromArray(SPECIES, x, xAt + i).fma(factor, sum).intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            y[yAt + i] = Math.fma(alpha, x[xAt + i], y[yAt + i]);
        }
    }
}
