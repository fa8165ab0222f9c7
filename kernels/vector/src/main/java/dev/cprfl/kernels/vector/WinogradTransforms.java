package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static dev.cprfl.kernels.vector.Simd.fma;

import jdk.incubator.vector.FloatVector;

/**
 * The three transforms of Winograd's F(4, 3): four outputs y_i = sum_j x_(i+j) w_j of a filter with three taps from six
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
 * <p>In two dimensions each transform is applied along the columns and then along the rows. Here each works on {@code n}
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

    /** y = G x: three inputs, six outputs. */
    static void weights(int n, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep) {
        FloatVector zero0 = FloatVector.broadcast(SPECIES, 1 / PRODUCT);
        FloatVector a0 = FloatVector.broadcast(SPECIES, (float) AT_A);
        FloatVector a1 = FloatVector.broadcast(SPECIES, (float) (A * AT_A));
        FloatVector a2 = FloatVector.broadcast(SPECIES, (float) (A2 * AT_A));
        FloatVector b0 = FloatVector.broadcast(SPECIES, (float) AT_B);
        FloatVector b1 = FloatVector.broadcast(SPECIES, (float) (B * AT_B));
        FloatVector b2 = FloatVector.broadcast(SPECIES, (float) (B2 * AT_B));
        for (int i = 0; i < n; i += LANES) {
            int c = Math.min(i, n - LANES);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, xAt + c);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, xAt + xStep + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, xAt + 2 * xStep + c);
            x0.mul(zero0).intoArray(y, yAt + c);
            FloatVector even = fma(x2, a2, x0.mul(a0));
            FloatVector odd = x1.mul(a1);
            even.add(odd).intoArray(y, yAt + yStep + c);
            even.sub(odd).intoArray(y, yAt + 2 * yStep + c);
            even = fma(x2, b2, x0.mul(b0));
            odd = x1.mul(b1);
            even.add(odd).intoArray(y, yAt + 3 * yStep + c);
            even.sub(odd).intoArray(y, yAt + 4 * yStep + c);
            x2.intoArray(y, yAt + 5 * yStep + c);
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
}
