package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.cprfl.kernels.RowShape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Softmax along rows. A row stays in the first-level cache between its passes. */
final class Softmax {

    /**
     * Numbers further below the row's maximum get probability 0. exp(-64) = 1.6e-28 of the largest changes no sum in float,
     * and without it neither the probabilities nor their products with values and gradients sink into the denormal range.
     */
    private static final float LOWEST = -64;

    private Softmax() {}

    static void softmax(Workers workers, RowShape shape, FloatStorage x, FloatStorage y) {
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                row(x.array, x.offset + r * columns, y.array, y.offset + r * columns, columns);
            }
        });
    }

    /**
     * Softmax of one row of n &gt; 0 numbers; x and y may be the same. A NaN makes the whole row NaN. The row is worked on in
     * scratch, filled up with minus infinity, which has probability 0, to whole vectors.
     */
    static void row(float[] x, int xAt, float[] y, int yAt, int n) {
        int length = Math.ceilDiv(n, LANES) * LANES;
        float[] row = Scratch.floats(length);
        System.arraycopy(x, xAt, row, 0, n);
        Arrays.fill(row, n, length, Float.NEGATIVE_INFINITY);
        expLoop(row, maxLoop(row, length), length);
        float inverse = (float) (1 / Doubles.sum(row, 0, length));
        Elementwise.scale(inverse, row, 0, row, 0, length);
        System.arraycopy(row, 0, y, yAt, n);
    }

    private static float maxLoop(float[] row, int n) {
        FloatVector max = FloatVector.fromArray(SPECIES, row, 0);
        for (int i = LANES; i < n; i += LANES) {
            max = max.max(FloatVector.fromArray(SPECIES, row, i));
        }
        return max.reduceLanes(MAX);
    }

    private static void expLoop(float[] row, float max, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.exp(FloatVector.fromArray(SPECIES, row, i).sub(max), LOWEST).intoArray(row, i);
        }
    }

    static void softmaxBackward(Workers workers, RowShape shape, FloatStorage y, FloatStorage dy, FloatStorage dx) {
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                int at = r * columns;
                rowBackward(y.array, y.offset + at, dy.array, dy.offset + at, dx.array, dx.offset + at, columns);
            }
        });
    }

    /** dx = y (dy - sum(dy y)) of one row; dy and dx may be the same. */
    static void rowBackward(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        float dot = (float) Doubles.dot(y, yAt, dy, dyAt, n);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector centred = FloatVector.fromArray(SPECIES, dy, dyAt + i).sub(dot);
            FloatVector.fromArray(SPECIES, y, yAt + i).mul(centred).intoArray(dx, dxAt + i);
        }
        for (; i < n; i++) {
            dx[dxAt + i] = y[yAt + i] * (dy[dyAt + i] - dot);
        }
    }
}
