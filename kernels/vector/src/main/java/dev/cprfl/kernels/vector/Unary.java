package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;

import dev.cprfl.kernels.UnaryOp;
import jdk.incubator.vector.FloatVector;

/**
 * The functions of {@link UnaryOp} and their derivatives: one loop each, over whole vectors only. The rest of a run is copied
 * to a vector of its own, so a number's result does not depend on its place.
 */
final class Unary {

    /** The factor of OpenAI's quick GELU. */
    private static final float QUICK_GELU = 1.702f;
    /** 1 / sqrt(2 pi). */
    private static final float NORMAL_DENSITY_AT_0 = 0.3989423f;
    /** Beyond this the normal tail counts as 0. */
    private static final float FAR_TAIL = 13;

    private Unary() {}

    static void forward(Workers workers, UnaryOp op, FloatStorage x, FloatStorage y) {
        Ranges.run(workers, y.length, 1,
                (from, to) -> forward(op, x.array, x.offset + from, y.array, y.offset + from, to - from));
    }

    private static void forward(UnaryOp op, float[] x, int xAt, float[] y, int yAt, int n) {
        int whole = SPECIES.loopBound(n);
        forwardLoop(op, x, xAt, y, yAt, whole);
        if (whole < n) {
            float[] rest = Scratch.floats(LANES);
            System.arraycopy(x, xAt + whole, rest, 0, n - whole);
            forwardLoop(op, rest, 0, rest, 0, LANES);
            System.arraycopy(rest, 0, y, yAt + whole, n - whole);
        }
    }

    private static void forwardLoop(UnaryOp op, float[] x, int xAt, float[] y, int yAt, int n) {
        switch (op) {
            case RELU -> reluLoop(x, xAt, y, yAt, n);
            case SIGMOID -> sigmoidLoop(x, xAt, y, yAt, n);
            case TANH -> tanhLoop(x, xAt, y, yAt, n);
            case EXP -> expLoop(x, xAt, y, yAt, n);
            case LOG -> logLoop(x, xAt, y, yAt, n);
            case GELU -> geluLoop(x, xAt, y, yAt, n);
            case QUICK_GELU -> quickGeluLoop(x, xAt, y, yAt, n);
        }
    }

    static void backward(Workers workers, UnaryOp op, FloatStorage x, FloatStorage y, FloatStorage dy,
            FloatStorage dx) {
        // Each derivative needs either x or y.
        FloatStorage z = op == UnaryOp.SIGMOID || op == UnaryOp.TANH || op == UnaryOp.EXP ? y : x;
        Ranges.run(workers, dx.length, 1, (from, to) -> backward(op, z.array, z.offset + from, dy.array,
                dy.offset + from, dx.array, dx.offset + from, to - from));
    }

    private static void backward(UnaryOp op, float[] z, int zAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        int whole = SPECIES.loopBound(n);
        backwardLoop(op, z, zAt, dy, dyAt, dx, dxAt, whole);
        if (whole < n) {
            float[] rest = Scratch.floats(2 * LANES);
            System.arraycopy(z, zAt + whole, rest, 0, n - whole);
            System.arraycopy(dy, dyAt + whole, rest, LANES, n - whole);
            backwardLoop(op, rest, 0, rest, LANES, rest, 0, LANES);
            System.arraycopy(rest, 0, dx, dxAt + whole, n - whole);
        }
    }

    private static void backwardLoop(UnaryOp op, float[] z, int zAt, float[] dy, int dyAt, float[] dx, int dxAt,
            int n) {
        switch (op) {
            case RELU -> reluBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case SIGMOID -> sigmoidBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case TANH -> tanhBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case EXP -> expBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case LOG -> logBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case GELU -> geluBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
            case QUICK_GELU -> quickGeluBackwardLoop(z, zAt, dy, dyAt, dx, dxAt, n);
        }
    }

    private static FloatVector relu(FloatVector x) {
        return x.blend(0f, x.compare(LE, 0f));
    }

    private static void reluLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            relu(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector reluGradient(FloatVector x, FloatVector dy) {
        return dy.blend(0f, x.compare(LE, 0f));
    }

    private static void reluBackwardLoop(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            reluGradient(FloatVector.fromArray(SPECIES, x, xAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    private static void sigmoidLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.sigmoid(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector sigmoidGradient(FloatVector y, FloatVector dy) {
        return dy.mul(y).mul(broadcast(SPECIES, 1f).sub(y));
    }

    private static void sigmoidBackwardLoop(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            sigmoidGradient(FloatVector.fromArray(SPECIES, y, yAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    private static void tanhLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.tanh(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector tanhGradient(FloatVector y, FloatVector dy) {
        return dy.mul(y.neg().fma(y, broadcast(SPECIES, 1f)));
    }

    private static void tanhBackwardLoop(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            tanhGradient(FloatVector.fromArray(SPECIES, y, yAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    private static void expLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.exp(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector expGradient(FloatVector y, FloatVector dy) {
        return dy.mul(y);
    }

    private static void expBackwardLoop(float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            expGradient(FloatVector.fromArray(SPECIES, y, yAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    private static void logLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.log(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector logGradient(FloatVector x, FloatVector dy) {
        return dy.div(x);
    }

    private static void logBackwardLoop(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            logGradient(FloatVector.fromArray(SPECIES, x, xAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    /** x Phi(x), with Phi from its tail on the side of x: exact far left too. */
    private static FloatVector gelu(FloatVector x) {
        FloatVector t = tailArgument(x);
        FloatVector tail = VectorMath.scaledNormalTail(t).mul(VectorMath.gaussian(t));
        return x.mul(tail.blend(broadcast(SPECIES, 1f).sub(tail), x.compare(GT, 0f)));
    }

    private static FloatVector tailArgument(FloatVector x) {
        FloatVector t = x.abs();
        return t.blend(FAR_TAIL, t.compare(GT, FAR_TAIL));
    }

    private static void geluLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            gelu(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    /** Phi(x) + x phi(x): left of 0 that is exp(-t^2 / 2) (scaled tail(t) - t / sqrt(2 pi)), right of 0 one minus that. */
    private static FloatVector geluGradient(FloatVector x, FloatVector dy) {
        FloatVector t = tailArgument(x);
        FloatVector left = VectorMath.scaledNormalTail(t).sub(t.mul(NORMAL_DENSITY_AT_0)).mul(VectorMath.gaussian(t));
        return dy.mul(left.blend(broadcast(SPECIES, 1f).sub(left), x.compare(GT, 0f)));
    }

    private static void geluBackwardLoop(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            geluGradient(FloatVector.fromArray(SPECIES, x, xAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }

    private static FloatVector quickGelu(FloatVector x) {
        return x.mul(VectorMath.sigmoid(x.mul(QUICK_GELU)));
    }

    private static void quickGeluLoop(float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            quickGelu(FloatVector.fromArray(SPECIES, x, xAt + i)).intoArray(y, yAt + i);
        }
    }

    private static FloatVector quickGeluGradient(FloatVector x, FloatVector dy) {
        FloatVector z = x.mul(QUICK_GELU);
        FloatVector s = VectorMath.sigmoid(z);
        return dy.mul(s).mul(broadcast(SPECIES, 1f).sub(s).fma(z, broadcast(SPECIES, 1f)));
    }

    private static void quickGeluBackwardLoop(float[] x, int xAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            quickGeluGradient(FloatVector.fromArray(SPECIES, x, xAt + i), FloatVector.fromArray(SPECIES, dy, dyAt + i))
                    .intoArray(dx, dxAt + i);
        }
    }
}
