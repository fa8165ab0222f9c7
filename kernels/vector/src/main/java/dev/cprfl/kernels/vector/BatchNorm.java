package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Doubles.HALF;
import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.RowShape;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Batch normalisation of the columns of a matrix: one walk over the rows for the sums, in double, and one for the result,
 * which is linear in x and dy with coefficients for each column.
 */
final class BatchNorm {

    private static final VectorSpecies<Double> DOUBLES = Doubles.SPECIES;
    /** Rows whose numbers of a column are added up before the sums go back to memory. */
    private static final int ROWS = 32;

    private BatchNorm() {}

    static void train(Workers workers, RowShape shape, double momentum, double eps, FloatStorage x, FloatStorage gamma,
            FloatStorage beta, FloatStorage runningMean, FloatStorage runningVar, FloatStorage y, FloatStorage mean,
            FloatStorage invStd) {
        float[] coefficients = measure(workers, shape, momentum, eps, x, gamma, beta, runningMean, runningVar, mean,
                invStd);
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> normalise(from, to, columns, x, coefficients, y));
    }

    static void trainRelu(Workers workers, RowShape shape, double momentum, double eps, FloatStorage x,
            FloatStorage gamma, FloatStorage beta, FloatStorage runningMean, FloatStorage runningVar,
            FloatStorage residual, FloatStorage y, FloatStorage mean, FloatStorage invStd) {
        float[] coefficients = measure(workers, shape, momentum, eps, x, gamma, beta, runningMean, runningVar, mean,
                invStd);
        int columns = shape.columns();
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                int at = r * columns;
                if (residual == null) {
                    reluRow(x.array, x.offset + at, coefficients, y.array, y.offset + at, columns);
                } else {
                    addReluRow(x.array, x.offset + at, coefficients, residual.array, residual.offset + at, y.array,
                            y.offset + at, columns);
                }
            }
        });
    }

    /** Moves the running statistics, writes mean and invStd, and returns the {@link #setCoefficients}. */
    private static float[] measure(Workers workers, RowShape shape, double momentum, double eps, FloatStorage x,
            FloatStorage gamma, FloatStorage beta, FloatStorage runningMean, FloatStorage runningVar, FloatStorage mean,
            FloatStorage invStd) {
        int rows = Checks.atLeast(2, shape.rows(), "rows of a batch to normalise");
        int columns = shape.columns();
        double[] sums = ColumnSums.overRows(workers, rows, 2 * columns,
                (from, to, into, at) -> addMoments(x.array, x.offset, from, to, columns, into, at));
        float[] coefficients = Scratch.floats(3 * columns);
        for (int c = 0; c < columns; c++) {
            double shift = sums[c] / rows;
            double squares = Math.max(0, sums[columns + c] - shift * sums[c]);
            double batchMean = x.array[x.offset + c] + shift;
            double batchInvStd = 1 / Math.sqrt(squares / rows + eps);
            mean.array[mean.offset + c] = (float) batchMean;
            invStd.array[invStd.offset + c] = (float) batchInvStd;
            move(runningMean, c, momentum, batchMean);
            move(runningVar, c, momentum, squares / (rows - 1));
            setCoefficients(coefficients, columns, c, batchMean, batchInvStd, gamma, beta);
        }
        return coefficients;
    }

    /** running = (1 - momentum) running + momentum batch. */
    private static void move(FloatStorage running, int c, double momentum, double batch) {
        float old = running.array[running.offset + c];
        running.array[running.offset + c] = (float) ((1 - momentum) * old + momentum * batch);
    }

    static void eval(Workers workers, RowShape shape, double eps, FloatStorage x, FloatStorage gamma, FloatStorage beta,
            FloatStorage runningMean, FloatStorage runningVar, FloatStorage y) {
        int columns = shape.columns();
        float[] coefficients = Scratch.floats(3 * columns);
        for (int c = 0; c < columns; c++) {
            double invStd = 1 / Math.sqrt(runningVar.array[runningVar.offset + c] + eps);
            setCoefficients(coefficients, columns, c, runningMean.array[runningMean.offset + c], invStd, gamma, beta);
        }
        Ranges.run(workers, shape.rows(), columns, (from, to) -> normalise(from, to, columns, x, coefficients, y));
    }

    /**
     * Column c of y = (x - mean) scale + offset. The offset also takes what rounding the mean to float lost: subtracting
     * the mean first keeps a large mean from costing digits.
     */
    private static void setCoefficients(float[] coefficients, int columns, int c, double mean, double invStd,
            FloatStorage gamma, FloatStorage beta) {
        double scale = gamma.array[gamma.offset + c] * invStd;
        float rounded = (float) mean;
        coefficients[c] = rounded;
        coefficients[columns + c] = (float) scale;
        coefficients[2 * columns + c] = (float) (beta.array[beta.offset + c] - (mean - rounded) * scale);
    }

    private static void normalise(int from, int to, int columns, FloatStorage x, float[] coefficients, FloatStorage y) {
        for (int r = from; r < to; r++) {
            normaliseRow(x.array, x.offset + r * columns, coefficients, y.array, y.offset + r * columns, columns);
        }
    }

    private static void normaliseRow(float[] x, int xAt, float[] coefficients, float[] y, int yAt, int n) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector centred = FloatVector.fromArray(SPECIES, x, xAt + c)
                    .sub(FloatVector.fromArray(SPECIES, coefficients, c));
            centred.fma(FloatVector.fromArray(SPECIES, coefficients, n + c),
                    FloatVector.fromArray(SPECIES, coefficients, 2 * n + c)).intoArray(y, yAt + c);
        }
        for (; c < n; c++) {
            y[yAt + c] = Math.fma(x[xAt + c] - coefficients[c], coefficients[n + c], coefficients[2 * n + c]);
        }
    }

    /** y = max(normalised x, 0). */
    private static void reluRow(float[] x, int xAt, float[] coefficients, float[] y, int yAt, int n) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector centred = FloatVector.fromArray(SPECIES, x, xAt + c)
                    .sub(FloatVector.fromArray(SPECIES, coefficients, c));
            FloatVector result = centred.fma(FloatVector.fromArray(SPECIES, coefficients, n + c),
                    FloatVector.fromArray(SPECIES, coefficients, 2 * n + c));
            result.blend(0f, result.compare(LT, 0f)).intoArray(y, yAt + c);
        }
        for (; c < n; c++) {
            float result = Math.fma(x[xAt + c] - coefficients[c], coefficients[n + c], coefficients[2 * n + c]);
            y[yAt + c] = result < 0 ? 0 : result;
        }
    }

    /** y = max(normalised x + residual, 0). */
    private static void addReluRow(float[] x, int xAt, float[] coefficients, float[] residual, int residualAt,
            float[] y, int yAt, int n) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector centred = FloatVector.fromArray(SPECIES, x, xAt + c)
                    .sub(FloatVector.fromArray(SPECIES, coefficients, c));
            FloatVector result = centred.fma(FloatVector.fromArray(SPECIES, coefficients, n + c),
                    FloatVector.fromArray(SPECIES, coefficients, 2 * n + c))
                    .add(FloatVector.fromArray(SPECIES, residual, residualAt + c));
            result.blend(0f, result.compare(LT, 0f)).intoArray(y, yAt + c);
        }
        for (; c < n; c++) {
            float result = Math.fma(x[xAt + c] - coefficients[c], coefficients[n + c], coefficients[2 * n + c])
                    + residual[residualAt + c];
            y[yAt + c] = result < 0 ? 0 : result;
        }
    }

    static void trainBackward(Workers workers, RowShape shape, FloatStorage x, FloatStorage gamma, FloatStorage mean,
            FloatStorage invStd, FloatStorage dy, FloatStorage dx, FloatStorage dgamma, FloatStorage dbeta) {
        double[] sums = sumsForBackward(workers, shape, x, mean, dy);
        trainBackward(workers, shape, sums, x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    }

    /** What does not pass the ReLU is cut off in the walk that takes the sums. */
    static void trainReluBackward(Workers workers, RowShape shape, FloatStorage x, FloatStorage gamma,
            FloatStorage mean, FloatStorage invStd, FloatStorage y, FloatStorage dy, FloatStorage dx,
            FloatStorage dresidual, FloatStorage dgamma, FloatStorage dbeta) {
        int n = shape.columns();
        FloatStorage masked = dresidual == null ? dx : dresidual;
        double[] sums = ColumnSums.overRows(workers, shape.rows(), 2 * n, (from, to, into, at) -> {
            for (int r = from; r < to; r += ROWS) {
                int rows = Math.min(ROWS, to - r);
                mask(y.array, y.offset + r * n, dy.array, dy.offset + r * n, masked.array, masked.offset + r * n,
                        rows * n);
                addGradients(rows, x.array, x.offset + r * n, mean.array, mean.offset, masked.array,
                        masked.offset + r * n, n, into, at);
            }
        });
        trainBackward(workers, shape, sums, x, gamma, mean, invStd, masked, dx, dgamma, dbeta);
    }

    /** masked = dy, but 0 where y is. */
    private static void mask(float[] y, int yAt, float[] dy, int dyAt, float[] masked, int maskedAt, int n) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector gradient = FloatVector.fromArray(SPECIES, dy, dyAt + c);
            gradient.blend(0f, FloatVector.fromArray(SPECIES, y, yAt + c).compare(LE, 0f))
                    .intoArray(masked, maskedAt + c);
        }
        for (; c < n; c++) {
            masked[maskedAt + c] = y[yAt + c] <= 0 ? 0 : dy[dyAt + c];
        }
    }

    /** @param sums for each column the sum of dy (x - mean), then for each column the sum of dy */
    private static void trainBackward(Workers workers, RowShape shape, double[] sums, FloatStorage x,
            FloatStorage gamma, FloatStorage mean, FloatStorage invStd, FloatStorage dy, FloatStorage dx,
            FloatStorage dgamma, FloatStorage dbeta) {
        int rows = shape.rows();
        int columns = shape.columns();
        float[] coefficients = Scratch.floats(4 * columns);
        for (int c = 0; c < columns; c++) {
            double std = invStd.array[invStd.offset + c];
            double dgammaC = sums[c] * std;
            double scale = gamma.array[gamma.offset + c] * std;
            dgamma.array[dgamma.offset + c] = (float) dgammaC;
            dbeta.array[dbeta.offset + c] = (float) sums[columns + c];
            coefficients[c] = mean.array[mean.offset + c];
            coefficients[columns + c] = (float) scale;
            coefficients[2 * columns + c] = (float) (-scale * std * dgammaC / rows);
            coefficients[3 * columns + c] = (float) (-scale * sums[columns + c] / rows);
        }
        Ranges.run(workers, rows, columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                int at = r * columns;
                backwardRow(x.array, x.offset + at, dy.array, dy.offset + at, coefficients, dx.array, dx.offset + at,
                        columns);
            }
        });
    }

    /** dx = dy scale + (x - mean) slope + offset; the coefficients hold mean, scale, slope and offset. */
    private static void backwardRow(float[] x, int xAt, float[] dy, int dyAt, float[] coefficients, float[] dx,
            int dxAt, int n) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector centred = FloatVector.fromArray(SPECIES, x, xAt + c)
                    .sub(FloatVector.fromArray(SPECIES, coefficients, c));
            FloatVector linear = centred.fma(FloatVector.fromArray(SPECIES, coefficients, 2 * n + c),
                    FloatVector.fromArray(SPECIES, coefficients, 3 * n + c));
            FloatVector.fromArray(SPECIES, dy, dyAt + c)
                    .fma(FloatVector.fromArray(SPECIES, coefficients, n + c), linear).intoArray(dx, dxAt + c);
        }
        for (; c < n; c++) {
            float linear = Math.fma(x[xAt + c] - coefficients[c], coefficients[2 * n + c], coefficients[3 * n + c]);
            dx[dxAt + c] = Math.fma(dy[dyAt + c], coefficients[n + c], linear);
        }
    }

    static void evalBackward(Workers workers, RowShape shape, double eps, FloatStorage x, FloatStorage gamma,
            FloatStorage runningMean, FloatStorage runningVar, FloatStorage dy, FloatStorage dx, FloatStorage dgamma,
            FloatStorage dbeta) {
        int columns = shape.columns();
        double[] sums = sumsForBackward(workers, shape, x, runningMean, dy);
        float[] scale = Scratch.floats(columns);
        for (int c = 0; c < columns; c++) {
            double invStd = 1 / Math.sqrt(runningVar.array[runningVar.offset + c] + eps);
            dgamma.array[dgamma.offset + c] = (float) (sums[c] * invStd);
            dbeta.array[dbeta.offset + c] = (float) sums[columns + c];
            scale[c] = (float) (gamma.array[gamma.offset + c] * invStd);
        }
        Ranges.run(workers, shape.rows(), columns, (from, to) -> {
            for (int r = from; r < to; r++) {
                int at = r * columns;
                Binary.multiply(dy.array, dy.offset + at, scale, 0, dx.array, dx.offset + at, columns);
            }
        });
    }

    /** For each column the sum of dy (x - mean), then for each column the sum of dy. */
    private static double[] sumsForBackward(Workers workers, RowShape shape, FloatStorage x, FloatStorage mean,
            FloatStorage dy) {
        int n = shape.columns();
        return ColumnSums.overRows(workers, shape.rows(), 2 * n, (from, to, sums, at) -> {
            for (int r = from; r < to; r += ROWS) {
                addGradients(Math.min(ROWS, to - r), x.array, x.offset + r * n, mean.array, mean.offset, dy.array,
                        dy.offset + r * n, n, sums, at);
            }
        });
    }

    /**
     * Adds x - first and (x - first)^2 of each column, first being the number in row 0: nearer to the mean than 0 may be, it
     * keeps the difference of the two sums accurate where the mean is large.
     */
    private static void addMoments(float[] x, int firstAt, int from, int to, int n, double[] sums, int at) {
        for (int r = from; r < to; r += ROWS) {
            addMomentsOfRows(Math.min(ROWS, to - r), x, firstAt, firstAt + r * n, n, sums, at);
        }
    }

    private static void addMomentsOfRows(int rows, float[] x, int firstAt, int xAt, int n, double[] sums, int at) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector first = FloatVector.fromArray(SPECIES, x, firstAt + c);
            Vector<Double> first0 = first.convertShape(F2D, DOUBLES, 0);
            Vector<Double> first1 = first.convertShape(F2D, DOUBLES, 1);
            int to = at + c;
            DoubleVector sum0 = DoubleVector.fromArray(DOUBLES, sums, to);
            DoubleVector sum1 = DoubleVector.fromArray(DOUBLES, sums, to + HALF);
            DoubleVector squares0 = DoubleVector.fromArray(DOUBLES, sums, to + n);
            DoubleVector squares1 = DoubleVector.fromArray(DOUBLES, sums, to + n + HALF);
            for (int r = 0; r < rows; r++) {
                FloatVector row = FloatVector.fromArray(SPECIES, x, xAt + r * n + c);
                Vector<Double> x0 = row.convertShape(F2D, DOUBLES, 0).sub(first0);
                Vector<Double> x1 = row.convertShape(F2D, DOUBLES, 1).sub(first1);
                sum0 = sum0.add(x0);
                sum1 = sum1.add(x1);
                squares0 = squares0.add(x0.mul(x0));
                squares1 = squares1.add(x1.mul(x1));
            }
            sum0.intoArray(sums, to);
            sum1.intoArray(sums, to + HALF);
            squares0.intoArray(sums, to + n);
            squares1.intoArray(sums, to + n + HALF);
        }
        for (; c < n; c++) {
            for (int r = 0; r < rows; r++) {
                double centred = (double) x[xAt + r * n + c] - x[firstAt + c];
                sums[at + c] += centred;
                sums[at + n + c] += centred * centred;
            }
        }
    }

    /** Adds dy (x - mean) and dy of each column. */
    private static void addGradients(int rows, float[] x, int xAt, float[] mean, int meanAt, float[] dy, int dyAt,
            int n, double[] sums, int at) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector means = FloatVector.fromArray(SPECIES, mean, meanAt + c);
            Vector<Double> mean0 = means.convertShape(F2D, DOUBLES, 0);
            Vector<Double> mean1 = means.convertShape(F2D, DOUBLES, 1);
            int to = at + c;
            DoubleVector products0 = DoubleVector.fromArray(DOUBLES, sums, to);
            DoubleVector products1 = DoubleVector.fromArray(DOUBLES, sums, to + HALF);
            DoubleVector sum0 = DoubleVector.fromArray(DOUBLES, sums, to + n);
            DoubleVector sum1 = DoubleVector.fromArray(DOUBLES, sums, to + n + HALF);
            for (int r = 0; r < rows; r++) {
                FloatVector row = FloatVector.fromArray(SPECIES, x, xAt + r * n + c);
                FloatVector gradient = FloatVector.fromArray(SPECIES, dy, dyAt + r * n + c);
                Vector<Double> dy0 = gradient.convertShape(F2D, DOUBLES, 0);
                Vector<Double> dy1 = gradient.convertShape(F2D, DOUBLES, 1);
                products0 = products0.add(row.convertShape(F2D, DOUBLES, 0).sub(mean0).mul(dy0));
                products1 = products1.add(row.convertShape(F2D, DOUBLES, 1).sub(mean1).mul(dy1));
                sum0 = sum0.add(dy0);
                sum1 = sum1.add(dy1);
            }
            products0.intoArray(sums, to);
            products1.intoArray(sums, to + HALF);
            sum0.intoArray(sums, to + n);
            sum1.intoArray(sums, to + n + HALF);
        }
        for (; c < n; c++) {
            for (int r = 0; r < rows; r++) {
                int i = r * n + c;
                sums[at + c] += ((double) x[xAt + i] - mean[meanAt + c]) * dy[dyAt + i];
                sums[at + n + c] += dy[dyAt + i];
            }
        }
    }
}
