package dev.cprfl.kernels.vector;

import static jdk.incubator.vector.VectorOperators.MAX;

import dev.cprfl.kernels.RowShape;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Softmax along rows. A row stays in the first-level cache between its passes. */
final class Softmax {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /**
     * Numbers further below the row's maximum get probability 0. exp(-64) = 1.6e-28 of the largest changes no sum in float,
     * and without it neither the probabilities nor their products with values and gradients sink into the denormal range.
     */
    private static final FloatVector LOWEST = FloatVector.broadcast(SPECIES, -64f);

    private Softmax() {}

    static void softmax(Workers workers, RowShape shape, FloatStorage x, FloatStorage y) {
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                row(x.array, x.offset + r * columns, y.array, y.offset + r * columns, columns);
            }
        });
    }

    /** Softmax of one row of n &gt; 0 numbers; x and y may be the same. A NaN makes the whole row NaN. */
    static void row(float[] x, int xAt, float[] y, int yAt, int n) {
        expOfDistance(x, xAt, max(x, xAt, n), y, yAt, n);
        Elementwise.scale((float) (1 / Doubles.sum(y, yAt, n)), y, yAt, y, yAt, n);
    }

    private static float max(float[] x, int at, int n) {
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += SPECIES.length()) {
            max = max.max(FloatVector.fromArray(SPECIES, x, at + i));
        }
        float rest = max.reduceLanes(MAX);
        for (; i < n; i++) {
            rest = Math.max(rest, x[at + i]);
        }
        return rest;
    }

    /** y = exp(x - max). */
    private static void expOfDistance(float[] x, int xAt, float max, float[] y, int yAt, int n) {
        int whole = SPECIES.loopBound(n);
        expLoop(x, xAt, max, y, yAt, whole);
        if (whole < n) {
            float[] rest = Scratch.floats(SPECIES.length());
            System.arraycopy(x, xAt + whole, rest, 0, n - whole);
            expLoop(rest, 0, max, rest, 0, SPECIES.length());
            System.arraycopy(rest, 0, y, yAt + whole, n - whole);
        }
    }

    private static void expLoop(float[] x, int xAt, float max, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += SPECIES.length()) {
            VectorMath.exp(FloatVector.fromArray(SPECIES, x, xAt + i).sub(max), LOWEST).intoArray(y, yAt + i);
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
        for (; i < SPECIES.loopBound(n); i += SPECIES.length()) {
            FloatVector centred = FloatVector.fromArray(SPECIES, dy, dyAt + i).sub(dot);
            FloatVector.fromArray(SPECIES, y, yAt + i).mul(centred).intoArray(dx, dxAt + i);
        }
        for (; i < n; i++) {
            dx[dxAt + i] = y[yAt + i] * (dy[dyAt + i] - dot);
        }
    }
}
