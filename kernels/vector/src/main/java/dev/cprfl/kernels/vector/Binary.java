package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;

import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.Checks;
import jdk.incubator.vector.FloatVector;

/**
 * The functions of {@link BinaryOp} with broadcasting. y is walked in runs along its innermost axis; on a run each operand
 * either steps along (a vector) or stays (a scalar), which leaves one loop for each function and combination.
 */
final class Binary {

    private Binary() {}

    static void binary(Workers workers, BinaryOp op, BroadcastShape shape, FloatStorage a, FloatStorage b,
            FloatStorage y) {
        int[] extents = shape.extents();
        Checks.holds(span(extents, shape.stridesA()), a, "a");
        Checks.holds(span(extents, shape.stridesB()), b, "b");
        int inner = extents.length == 0 ? 1 : extents[extents.length - 1];
        int runs = inner == 0 ? 0 : shape.length() / inner;
        if (runs == 1) {
            Ranges.run(workers, inner, 1, (from, to) -> run(op, shape, 0, from, to, a, b, y));
        } else {
            Ranges.run(workers, runs, inner, (from, to) -> {
                for (int r = from; r < to; r++) {
                    run(op, shape, r, 0, inner, a, b, y);
                }
            });
        }
    }

    /** How many numbers an operand with these strides must hold. */
    private static int span(int[] extents, int[] strides) {
        int last = 0;
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == 0) {
                return 0;
            }
            last += (extents[axis] - 1) * strides[axis];
        }
        return last + 1;
    }

    /** The numbers {@code from} to {@code to} of the run with number {@code run}. */
    private static void run(BinaryOp op, BroadcastShape shape, int run, int from, int to, FloatStorage a,
            FloatStorage b, FloatStorage y) {
        int innermost = shape.extents().length - 1;
        int inner = innermost < 0 ? 1 : shape.extents()[innermost];
        int stepA = innermost < 0 ? 0 : shape.stridesA()[innermost];
        int stepB = innermost < 0 ? 0 : shape.stridesB()[innermost];
        int aAt = a.offset + start(shape.extents(), shape.stridesA(), run) + from * stepA;
        int bAt = b.offset + start(shape.extents(), shape.stridesB(), run) + from * stepB;
        int yAt = y.offset + run * inner + from;
        int n = to - from;
        if (stepA == 1 && stepB == 1) {
            vectors(op, a.array, aAt, b.array, bAt, y.array, yAt, n);
        } else if (stepA == 1 && stepB == 0) {
            vectorAndScalar(op, a.array, aAt, b.array[bAt], y.array, yAt, n);
        } else if (stepA == 0 && stepB == 1) {
            scalarAndVector(op, a.array[aAt], b.array, bAt, y.array, yAt, n);
        } else {
            strided(op, a.array, aAt, stepA, b.array, bAt, stepB, y.array, yAt, n);
        }
    }

    /** Where the run's numbers start in an operand with these strides. */
    private static int start(int[] extents, int[] strides, int run) {
        int start = 0;
        int rest = run;
        for (int axis = extents.length - 2; axis > 0; axis--) {
            start += rest % extents[axis] * strides[axis];
            rest /= extents[axis];
        }
        return extents.length < 2 ? start : start + rest * strides[0];
    }

    private static void vectors(BinaryOp op, float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
        switch (op) {
            case ADD -> addLoop(a, aAt, b, bAt, y, yAt, n);
            case SUBTRACT -> subtractLoop(a, aAt, b, bAt, y, yAt, n);
            case MULTIPLY -> multiply(a, aAt, b, bAt, y, yAt, n);
            case DIVIDE -> divideLoop(a, aAt, b, bAt, y, yAt, n);
        }
    }

    private static void vectorAndScalar(BinaryOp op, float[] a, int aAt, float b, float[] y, int yAt, int n) {
        switch (op) {
            case ADD -> addScalarLoop(a, aAt, b, y, yAt, n);
            case SUBTRACT -> addScalarLoop(a, aAt, -b, y, yAt, n);
            case MULTIPLY -> Elementwise.scale(b, a, aAt, y, yAt, n);
            case DIVIDE -> divideByScalarLoop(a, aAt, b, y, yAt, n);
        }
    }

    private static void scalarAndVector(BinaryOp op, float a, float[] b, int bAt, float[] y, int yAt, int n) {
        switch (op) {
            case ADD -> addScalarLoop(b, bAt, a, y, yAt, n);
            case SUBTRACT -> subtractFromScalarLoop(a, b, bAt, y, yAt, n);
            case MULTIPLY -> Elementwise.scale(a, b, bAt, y, yAt, n);
            case DIVIDE -> divideScalarLoop(a, b, bAt, y, yAt, n);
        }
    }

    /** Any steps: both operands stay, or a shape that {@link BroadcastShape#of} does not make. */
    private static void strided(BinaryOp op, float[] a, int aAt, int stepA, float[] b, int bAt, int stepB, float[] y,
            int yAt, int n) {
        for (int i = 0; i < n; i++) {
            float left = a[aAt + i * stepA];
            float right = b[bAt + i * stepB];
            y[yAt + i] = switch (op) {
                case ADD -> left + right;
                case SUBTRACT -> left - right;
                case MULTIPLY -> left * right;
                case DIVIDE -> left / right;
            };
        }
    }

    private static void addLoop(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).add(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y,
                    yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] + b[bAt + i];
        }
    }

    private static void subtractLoop(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).sub(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y,
                    yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] - b[bAt + i];
        }
    }

    /** y = a b. */
    static void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).mul(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y,
                    yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] * b[bAt + i];
        }
    }

    private static void divideLoop(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).div(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y,
                    yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] / b[bAt + i];
        }
    }

    private static void addScalarLoop(float[] a, int aAt, float b, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).add(b).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] + b;
        }
    }

    private static void divideByScalarLoop(float[] a, int aAt, float b, float[] y, int yAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, a, aAt + i).div(b).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a[aAt + i] / b;
        }
    }

    private static void subtractFromScalarLoop(float a, float[] b, int bAt, float[] y, int yAt, int n) {
        FloatVector left = FloatVector.broadcast(SPECIES, a);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            left.sub(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a - b[bAt + i];
        }
    }

    private static void divideScalarLoop(float a, float[] b, int bAt, float[] y, int yAt, int n) {
        FloatVector left = FloatVector.broadcast(SPECIES, a);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            left.div(FloatVector.fromArray(SPECIES, b, bAt + i)).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = a / b[bAt + i];
        }
    }
}
