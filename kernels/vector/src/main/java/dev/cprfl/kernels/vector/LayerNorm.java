package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Doubles.HALF;
import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.F2D;

import dev.cprfl.kernels.RowShape;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Layer normalisation. A row stays in the cache while its sums are taken and it is written; the sums are in double, so that
 * a small variance beside a large mean comes out right.
 */
final class LayerNorm {

    private static final VectorSpecies<Double> DOUBLES = Doubles.SPECIES;

    private LayerNorm() {}

    static void forward(Workers workers, RowShape shape, double eps, FloatStorage x, FloatStorage gamma,
            FloatStorage beta, FloatStorage y, FloatStorage mean, FloatStorage invStd) {
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                int xAt = x.offset + r * columns;
                double rowMean = Doubles.sum(x.array, xAt, columns) / columns;
                double variance = Doubles.squares(x.array, xAt, rowMean, columns) / columns;
                double rowInvStd = 1 / Math.sqrt(variance + eps);
                mean.array[mean.offset + r] = (float) rowMean;
                invStd.array[invStd.offset + r] = (float) rowInvStd;
                normalise(rowMean, (float) rowInvStd, x.array, xAt, gamma.array, gamma.offset, beta.array, beta.offset,
                        y.array, y.offset + r * columns, columns);
            }
        });
    }

    /** One row. The mean is subtracted in two parts, so that no more than the rounding of the result is lost. */
    private static void normalise(double mean, float invStd, float[] x, int xAt, float[] gamma, int gammaAt,
            float[] beta, int betaAt, float[] y, int yAt, int n) {
        float high = (float) mean;
        float low = (float) (mean - high);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector.fromArray(SPECIES, x, xAt + i).sub(high).sub(low).mul(invStd)
                    .fma(FloatVector.fromArray(SPECIES, gamma, gammaAt + i),
                            FloatVector.fromArray(SPECIES, beta, betaAt + i))
                    .intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = Math.fma((x[xAt + i] - high - low) * invStd, gamma[gammaAt + i], beta[betaAt + i]);
        }
    }

    static void backward(Workers workers, RowShape shape, FloatStorage x, FloatStorage gamma, FloatStorage mean,
            FloatStorage invStd, FloatStorage dy, FloatStorage dx, FloatStorage dgamma, FloatStorage dbeta) {
        int columns = shape.columns();
        double[] totals = ColumnSums.overRows(workers, shape.rows(), 2 * columns, (from, to, sums, sumsAt) -> {
            for (int r = from; r < to; r++) {
                int at = r * columns;
                float rowMean = mean.array[mean.offset + r];
                float rowInvStd = invStd.array[invStd.offset + r];
                double sumG = Doubles.dot(dy.array, dy.offset + at, gamma.array, gamma.offset, columns);
                double sumGXhat = addRow(rowMean, rowInvStd, x.array, x.offset + at, gamma.array, gamma.offset,
                        dy.array, dy.offset + at, sums, sumsAt, columns);
                float slope = (float) (sumGXhat / columns * rowInvStd);
                rowBackward(rowMean, rowInvStd, (float) (sumG / columns), slope, x.array, x.offset + at, gamma.array,
                        gamma.offset, dy.array, dy.offset + at, dx.array, dx.offset + at, columns);
            }
        });
        Doubles.store(totals, 0, dgamma.array, dgamma.offset, columns);
        Doubles.store(totals, columns, dbeta.array, dbeta.offset, columns);
    }

    /**
     * Adds dy xhat of one row to the first n sums and dy to the next n.
     *
     * @return the sum of dy gamma xhat over the row
     */
    private static double addRow(double mean, double invStd, float[] x, int xAt, float[] gamma, int gammaAt, float[] dy,
            int dyAt, double[] sums, int sumsAt, int n) {
        DoubleVector means = DoubleVector.broadcast(DOUBLES, mean);
        DoubleVector invStds = DoubleVector.broadcast(DOUBLES, invStd);
        DoubleVector row = DoubleVector.zero(DOUBLES);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector xi = FloatVector.fromArray(SPECIES, x, xAt + i);
            FloatVector dyi = FloatVector.fromArray(SPECIES, dy, dyAt + i);
            FloatVector gammas = FloatVector.fromArray(SPECIES, gamma, gammaAt + i);
            Vector<Double> dy0 = dyi.convertShape(F2D, DOUBLES, 0);
            Vector<Double> dy1 = dyi.convertShape(F2D, DOUBLES, 1);
            Vector<Double> product0 = xi.convertShape(F2D, DOUBLES, 0).sub(means).mul(invStds).mul(dy0);
            Vector<Double> product1 = xi.convertShape(F2D, DOUBLES, 1).sub(means).mul(invStds).mul(dy1);
            row = row.add(gammas.convertShape(F2D, DOUBLES, 0).mul(product0));
            row = row.add(gammas.convertShape(F2D, DOUBLES, 1).mul(product1));
            int at = sumsAt + i;
            DoubleVector.fromArray(DOUBLES, sums, at).add(product0).intoArray(sums, at);
            DoubleVector.fromArray(DOUBLES, sums, at + HALF).add(product1).intoArray(sums, at + HALF);
            DoubleVector.fromArray(DOUBLES, sums, at + n).add(dy0).intoArray(sums, at + n);
            DoubleVector.fromArray(DOUBLES, sums, at + n + HALF).add(dy1).intoArray(sums, at + n + HALF);
        }
        row = row.add(row.rearrange(Doubles.ROTATE_4));
        row = row.add(row.rearrange(Doubles.ROTATE_2));
        double total = row.add(row.rearrange(Doubles.ROTATE_1)).lane(0) * Doubles.LANE_SUM;
        for (; i < n; i++) {
            double product = (x[xAt + i] - mean) * invStd * dy[dyAt + i];
            total += gamma[gammaAt + i] * product;
            sums[sumsAt + i] += product;
            sums[sumsAt + n + i] += dy[dyAt + i];
        }
        return total;
    }

    /** dx of one row = invStd (dy gamma - constant - (x - mean) slope). */
    private static void rowBackward(float mean, float invStd, float constant, float slope, float[] x, int xAt,
            float[] gamma, int gammaAt, float[] dy, int dyAt, float[] dx, int dxAt, int n) {
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LANES) {
            FloatVector g = FloatVector.fromArray(SPECIES, dy, dyAt + i)
                    .mul(FloatVector.fromArray(SPECIES, gamma, gammaAt + i));
            FloatVector linear = FloatVector.fromArray(SPECIES, x, xAt + i).sub(mean).mul(slope).add(constant);
            g.sub(linear).mul(invStd).intoArray(dx, dxAt + i);
        }
        for (; i < n; i++) {
            float linear = (x[xAt + i] - mean) * slope + constant;
            dx[dxAt + i] = (dy[dyAt + i] * gamma[gammaAt + i] - linear) * invStd;
        }
    }
}
