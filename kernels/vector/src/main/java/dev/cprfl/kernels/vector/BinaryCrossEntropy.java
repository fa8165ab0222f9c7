package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;

/** Binary cross-entropy of single logits. Loops run over whole vectors; a rest is copied to vectors of its own. */
final class BinaryCrossEntropy {

    private BinaryCrossEntropy() {}

    static void forward(Workers workers, FloatStorage x, FloatStorage y, FloatStorage loss) {
        Ranges.run(workers, loss.length, 1, (from, to) -> forward(x.array, x.offset + from, y.array, y.offset + from,
                loss.array, loss.offset + from, to - from));
    }

    private static void forward(float[] x, int xAt, float[] y, int yAt, float[] loss, int lossAt, int n) {
        int whole = SPECIES.loopBound(n);
        forwardLoop(x, xAt, y, yAt, loss, lossAt, whole);
        if (whole < n) {
            float[] rest = Scratch.floats(3 * LANES);
            System.arraycopy(x, xAt + whole, rest, 0, n - whole);
            System.arraycopy(y, yAt + whole, rest, LANES, n - whole);
            forwardLoop(rest, 0, rest, LANES, rest, 2 * LANES, LANES);
            System.arraycopy(rest, 2 * LANES, loss, lossAt + whole, n - whole);
        }
    }

    /** max(x, 0) - x y + ln(1 + exp(-|x|)), the exponential in a loop of its own. */
    private static void forwardLoop(float[] x, int xAt, float[] y, int yAt, float[] loss, int lossAt, int n) {
        expLoop(x, xAt, loss, lossAt, n);
        lossLoop(x, xAt, y, yAt, loss, lossAt, n);
    }

    private static void expLoop(float[] x, int xAt, float[] loss, int lossAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.exp(FloatVector.fromArray(SPECIES, x, xAt + i).abs().neg()).intoArray(loss, lossAt + i);
        }
    }

    private static void lossLoop(float[] x, int xAt, float[] y, int yAt, float[] loss, int lossAt, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector e = FloatVector.fromArray(SPECIES, loss, lossAt + i);
            FloatVector softplus = VectorMath.log(e.add(1f), e.neg());
            FloatVector xi = FloatVector.fromArray(SPECIES, x, xAt + i);
            FloatVector linear = xi.blend(0f, xi.compare(LT, 0f))
                    .sub(FloatVector.fromArray(SPECIES, y, yAt + i).mul(xi));
            linear.add(softplus).intoArray(loss, lossAt + i);
        }
    }

    static void backward(Workers workers, FloatStorage x, FloatStorage y, FloatStorage dloss, FloatStorage dx) {
        Ranges.run(workers, dx.length, 1,
                (from, to) -> backward(x.array, x.offset + from, y.array, y.offset + from, dloss.array,
                        dloss.offset + from, dx.array, dx.offset + from, to - from));
    }

    private static void backward(float[] x, int xAt, float[] y, int yAt, float[] dloss, int dlossAt, float[] dx,
            int dxAt, int n) {
        int whole = SPECIES.loopBound(n);
        backwardLoop(x, xAt, y, yAt, dloss, dlossAt, dx, dxAt, whole);
        if (whole < n) {
            float[] rest = Scratch.floats(3 * LANES);
            System.arraycopy(x, xAt + whole, rest, 0, n - whole);
            System.arraycopy(y, yAt + whole, rest, LANES, n - whole);
            System.arraycopy(dloss, dlossAt + whole, rest, 2 * LANES, n - whole);
            backwardLoop(rest, 0, rest, LANES, rest, 2 * LANES, rest, 0, LANES);
            System.arraycopy(rest, 0, dx, dxAt + whole, n - whole);
        }
    }

    /** dloss (s - y), the bracket as (1 - y) s - y (1 - s), which keeps the digits of a confident and right prediction. */
    private static void backwardLoop(float[] x, int xAt, float[] y, int yAt, float[] dloss, int dlossAt, float[] dx,
            int dxAt, int n) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector xi = FloatVector.fromArray(SPECIES, x, xAt + i);
            FloatVector yi = FloatVector.fromArray(SPECIES, y, yAt + i);
            FloatVector e = VectorMath.exp(xi.abs().neg());
            FloatVector larger = one.div(e.add(one));
            FloatVector smaller = e.mul(larger);
            FloatVector s = larger.blend(smaller, xi.compare(LT, 0f));
            FloatVector complement = smaller.blend(larger, xi.compare(LT, 0f));
            FloatVector slope = one.sub(yi).mul(s).sub(yi.mul(complement));
            slope.mul(FloatVector.fromArray(SPECIES, dloss, dlossAt + i)).intoArray(dx, dxAt + i);
        }
    }
}
