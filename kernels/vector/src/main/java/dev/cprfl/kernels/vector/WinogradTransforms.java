package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static dev.cprfl.kernels.vector.Simd.fma;

import jdk.incubator.vector.FloatVector;

/**
 * The transforms of Winograd's F(4, 3): four outputs y_i = sum_j x_(i+j) w_j of a filter with three taps from six
 * inputs, y = A^T ((G w) * (B^T x)), with six multiplications instead of twelve. Toom and Cook's construction: both factors
 * are evaluated as polynomials at six points, multiplied there, and the product is interpolated.
 *
 * <p>The points are 0, a, -a, b, -b and infinity with a = 3/4, b = 3/2. The usual 1 and 2 need fewer multiplications on paper
 * (here a fused multiply-add costs what an addition does), but make errors two to three times as large. With these the
 * numbers of A and B are exact in a float. With the points come
 *
 * <pre>
 * B^T = | a2b2   0   -(a2+b2)   0     1  0 |   G = | 1/a2b2                        |   A^T = | 1  1   1   1   1   0 |
 *       | 0   -a b2    -b2      a     1  0 |       | (1   a  a2) / 2a2(a2-b2)      |         | 0  a  -a   b  -b   0 |
 *       | 0    a b2    -b2     -a     1  0 |       | (1  -a  a2) / 2a2(a2-b2)      |         | 0  a2  a2  b2  b2  0 |
 *       | 0   -a2 b    -a2      b     1  0 |       | (1   b  b2) / 2b2(b2-a2)      |         | 0  a3 -a3  b3 -b3  1 |
 *       | 0    a2 b    -a2     -b     1  0 |       | (1  -b  b2) / 2b2(b2-a2)      |
 *       | 0    a2b2     0   -(a2+b2)  0  1 |       | 0   0   1                     |
 * </pre>
 *
 * <p>The gradient of the weights needs A and G^T in addition.
 *
 * <p>In two dimensions each transform is applied along the columns and then along the rows. Each function works on {@code n}
 * numbers at a time, one lane each: input k of all of them begins at {@code xAt + k xStep}, output k at {@code yAt + k yStep}.
 * n is at least LANES; the last vector overlaps the one before.
 */
final class WinogradTransforms {

    private static final float A = 0.75f;
    private static final float B = 1.5f;
    private static final float A2 = A * A;
    private static final float B2 = B * B;
    private static final float PRODUCT = A2 * B2;
    private static final float SUM = A2 + B2;
    private static final double AT_A = 1 / (2.0 * A2 * (A2 - B2));
    private static final double AT_B = 1 / (2.0 * B2 * (B2 - A2));

    private WinogradTransforms() {}

    /** y = B^T x: six inputs, six outputs. */
    static void input(int n, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector minusA = FloatVector.broadcast(SPECIES, -A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector minusB = FloatVector.broadcast(SPECIES, -B);
        FloatVector minusA2 = FloatVector.broadcast(SPECIES, -A2);
        FloatVector minusB2 = FloatVector.broadcast(SPECIES, -B2);
        FloatVector product = FloatVector.broadcast(SPECIES, PRODUCT);
        FloatVector minusSum = FloatVector.broadcast(SPECIES, -SUM);
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, xAt + c);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, xAt + xStep + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, xAt + 2 * xStep + c);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, xAt + 3 * xStep + c);
            FloatVector x4 = FloatVector.fromArray(SPECIES, x, xAt + 4 * xStep + c);
            FloatVector x5 = FloatVector.fromArray(SPECIES, x, xAt + 5 * xStep + c);
            fma(product, x0, fma(minusSum, x2, x4)).intoArray(y, yAt + c);
            FloatVector even = fma(minusB2, x2, x4);
            FloatVector odd = fma(minusB2, x1, x3);
            fma(a, odd, even).intoArray(y, yAt + yStep + c);
            fma(minusA, odd, even).intoArray(y, yAt + 2 * yStep + c);
            even = fma(minusA2, x2, x4);
            odd = fma(minusA2, x1, x3);
            fma(b, odd, even).intoArray(y, yAt + 3 * yStep + c);
            fma(minusB, odd, even).intoArray(y, yAt + 4 * yStep + c);
            fma(product, x1, fma(minusSum, x3, x5)).intoArray(y, yAt + 5 * yStep + c);
        }
    }

    /**
     * y = G x G^T, both passes at once: 9 inputs, 36 outputs, row by row. What is between the passes stays in registers, since
     * this transform waits for nothing but its loads and stores. Straight-line code like {@link GemmTile}, for its reason.
     */
    static void weights(int n, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep) {
        FloatVector zero = FloatVector.broadcast(SPECIES, 1 / PRODUCT);
        FloatVector a0 = FloatVector.broadcast(SPECIES, (float) AT_A);
        FloatVector a1 = FloatVector.broadcast(SPECIES, (float) (A * AT_A));
        FloatVector a2 = FloatVector.broadcast(SPECIES, (float) (A2 * AT_A));
        FloatVector b0 = FloatVector.broadcast(SPECIES, (float) AT_B);
        FloatVector b1 = FloatVector.broadcast(SPECIES, (float) (B * AT_B));
        FloatVector b2 = FloatVector.broadcast(SPECIES, (float) (B2 * AT_B));
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            int from = xAt + c;
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, from);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, from + 3 * xStep);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, from + 6 * xStep);
            FloatVector l0 = x0.mul(zero);
            FloatVector even = x0.mul(a0).add(x2.mul(a2));
            FloatVector odd = x1.mul(a1);
            FloatVector l1 = even.add(odd);
            FloatVector l2 = even.sub(odd);
            even = x0.mul(b0).add(x2.mul(b2));
            odd = x1.mul(b1);
            FloatVector l3 = even.add(odd);
            FloatVector l4 = even.sub(odd);
            FloatVector l5 = x2;
            x0 = FloatVector.fromArray(SPECIES, x, from + xStep);
            x1 = FloatVector.fromArray(SPECIES, x, from + 4 * xStep);
            x2 = FloatVector.fromArray(SPECIES, x, from + 7 * xStep);
            FloatVector m0 = x0.mul(zero);
            even = x0.mul(a0).add(x2.mul(a2));
            odd = x1.mul(a1);
            FloatVector m1 = even.add(odd);
            FloatVector m2 = even.sub(odd);
            even = x0.mul(b0).add(x2.mul(b2));
            odd = x1.mul(b1);
            FloatVector m3 = even.add(odd);
            FloatVector m4 = even.sub(odd);
            FloatVector m5 = x2;
            x0 = FloatVector.fromArray(SPECIES, x, from + 2 * xStep);
            x1 = FloatVector.fromArray(SPECIES, x, from + 5 * xStep);
            x2 = FloatVector.fromArray(SPECIES, x, from + 8 * xStep);
            FloatVector r0 = x0.mul(zero);
            even = x0.mul(a0).add(x2.mul(a2));
            odd = x1.mul(a1);
            FloatVector r1 = even.add(odd);
            FloatVector r2 = even.sub(odd);
            even = x0.mul(b0).add(x2.mul(b2));
            odd = x1.mul(b1);
            FloatVector r3 = even.add(odd);
            FloatVector r4 = even.sub(odd);
            FloatVector r5 = x2;
            int to = yAt + c;
            l0.mul(zero).intoArray(y, to);
            even = l0.mul(a0).add(r0.mul(a2));
            odd = m0.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l0.mul(b0).add(r0.mul(b2));
            odd = m0.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r0.intoArray(y, to + 5 * yStep);
            to += 6 * yStep;
            l1.mul(zero).intoArray(y, to);
            even = l1.mul(a0).add(r1.mul(a2));
            odd = m1.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l1.mul(b0).add(r1.mul(b2));
            odd = m1.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r1.intoArray(y, to + 5 * yStep);
            to += 6 * yStep;
            l2.mul(zero).intoArray(y, to);
            even = l2.mul(a0).add(r2.mul(a2));
            odd = m2.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l2.mul(b0).add(r2.mul(b2));
            odd = m2.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r2.intoArray(y, to + 5 * yStep);
            to += 6 * yStep;
            l3.mul(zero).intoArray(y, to);
            even = l3.mul(a0).add(r3.mul(a2));
            odd = m3.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l3.mul(b0).add(r3.mul(b2));
            odd = m3.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r3.intoArray(y, to + 5 * yStep);
            to += 6 * yStep;
            l4.mul(zero).intoArray(y, to);
            even = l4.mul(a0).add(r4.mul(a2));
            odd = m4.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l4.mul(b0).add(r4.mul(b2));
            odd = m4.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r4.intoArray(y, to + 5 * yStep);
            to += 6 * yStep;
            l5.mul(zero).intoArray(y, to);
            even = l5.mul(a0).add(r5.mul(a2));
            odd = m5.mul(a1);
            even.add(odd).intoArray(y, to + yStep);
            even.sub(odd).intoArray(y, to + 2 * yStep);
            even = l5.mul(b0).add(r5.mul(b2));
            odd = m5.mul(b1);
            even.add(odd).intoArray(y, to + 3 * yStep);
            even.sub(odd).intoArray(y, to + 4 * yStep);
            r5.intoArray(y, to + 5 * yStep);
        }
    }

    /** y = A^T x + start: six inputs, four outputs. */
    static void output(int n, float[] x, int xAt, int xStep, float[] start, int startAt, float[] y, int yAt,
            int yStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector a2 = FloatVector.broadcast(SPECIES, A2);
        FloatVector b2 = FloatVector.broadcast(SPECIES, B2);
        FloatVector a3 = FloatVector.broadcast(SPECIES, A2 * A);
        FloatVector b3 = FloatVector.broadcast(SPECIES, B2 * B);
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, xAt + xStep + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, xAt + 2 * xStep + c);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, xAt + 3 * xStep + c);
            FloatVector x4 = FloatVector.fromArray(SPECIES, x, xAt + 4 * xStep + c);
            FloatVector s = FloatVector.fromArray(SPECIES, start, startAt + c);
            FloatVector evenA = x1.add(x2);
            FloatVector oddA = x1.sub(x2);
            FloatVector evenB = x3.add(x4);
            FloatVector oddB = x3.sub(x4);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, xAt + c);
            evenA.add(evenB).add(x0.add(s)).intoArray(y, yAt + c);
            fma(b, oddB, fma(a, oddA, s)).intoArray(y, yAt + yStep + c);
            fma(b2, evenB, fma(a2, evenA, s)).intoArray(y, yAt + 2 * yStep + c);
            FloatVector x5 = FloatVector.fromArray(SPECIES, x, xAt + 5 * xStep + c);
            fma(b3, oddB, fma(a3, oddA, x5.add(s))).intoArray(y, yAt + 3 * yStep + c);
        }
    }

    /** y = A x: four inputs, six outputs. What {@link #output} does, transposed. */
    static void outputTransposed(int n, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep) {
        FloatVector a = FloatVector.broadcast(SPECIES, A);
        FloatVector b = FloatVector.broadcast(SPECIES, B);
        FloatVector a2 = FloatVector.broadcast(SPECIES, A2);
        FloatVector b2 = FloatVector.broadcast(SPECIES, B2);
        FloatVector a3 = FloatVector.broadcast(SPECIES, A2 * A);
        FloatVector b3 = FloatVector.broadcast(SPECIES, B2 * B);
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, xAt + c);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, xAt + xStep + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, xAt + 2 * xStep + c);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, xAt + 3 * xStep + c);
            x0.intoArray(y, yAt + c);
            FloatVector even = fma(a2, x2, x0);
            FloatVector odd = fma(a3, x3, x1.mul(a));
            even.add(odd).intoArray(y, yAt + yStep + c);
            even.sub(odd).intoArray(y, yAt + 2 * yStep + c);
            even = fma(b2, x2, x0);
            odd = fma(b3, x3, x1.mul(b));
            even.add(odd).intoArray(y, yAt + 3 * yStep + c);
            even.sub(odd).intoArray(y, yAt + 4 * yStep + c);
            x3.intoArray(y, yAt + 5 * yStep + c);
        }
    }

    /** y = G^T x: six inputs, three outputs. One pass of what {@link #weights} does, transposed. */
    static void weightsTransposed(int n, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep) {
        FloatVector zero = FloatVector.broadcast(SPECIES, 1 / PRODUCT);
        FloatVector a0 = FloatVector.broadcast(SPECIES, (float) AT_A);
        FloatVector a1 = FloatVector.broadcast(SPECIES, (float) (A * AT_A));
        FloatVector a2 = FloatVector.broadcast(SPECIES, (float) (A2 * AT_A));
        FloatVector b0 = FloatVector.broadcast(SPECIES, (float) AT_B);
        FloatVector b1 = FloatVector.broadcast(SPECIES, (float) (B * AT_B));
        FloatVector b2 = FloatVector.broadcast(SPECIES, (float) (B2 * AT_B));
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, xAt + xStep + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, xAt + 2 * xStep + c);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, xAt + 3 * xStep + c);
            FloatVector x4 = FloatVector.fromArray(SPECIES, x, xAt + 4 * xStep + c);
            FloatVector evenA = x1.add(x2);
            FloatVector oddA = x1.sub(x2);
            FloatVector evenB = x3.add(x4);
            FloatVector oddB = x3.sub(x4);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, xAt + c);
            fma(zero, x0, fma(a0, evenA, evenB.mul(b0))).intoArray(y, yAt + c);
            fma(a1, oddA, oddB.mul(b1)).intoArray(y, yAt + yStep + c);
            FloatVector x5 = FloatVector.fromArray(SPECIES, x, xAt + 5 * xStep + c);
            fma(a2, evenA, fma(b2, evenB, x5)).intoArray(y, yAt + 2 * yStep + c);
        }
    }
}
