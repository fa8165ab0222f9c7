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
            for (int r = from; r < to; r++) {
                mask(y.array, y.offset + r * n, dy.array, dy.offset + r * n, masked.array, masked.offset + r * n, n);
                addGradients(x.array, x.offset + r * n, mean.array, mean.offset, masked.array, masked.offset + r * n, n,
                        into, at);
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
            for (int r = from; r < to; r++) {
                addGradients(x.array, x.offset + r * n, mean.array, mean.offset, dy.array, dy.offset + r * n, n, sums,
                        at);
            }
        });
    }

    /**
     * Adds x - first and (x - first)^2 of each column, first being the number in row 0: nearer to the mean than 0 may be, it
     * keeps the difference of the two sums accurate where the mean is large. Two rows at a time, so that the sums go through
     * memory half as often.
     */
    private static void addMoments(float[] x, int firstAt, int from, int to, int n, double[] sums, int at) {
        for (int r = from; r < to; r += 2) {
            int at0 = firstAt + r * n;
            int at1 = r + 1 < to ? at0 + n : firstAt; // a row that is missing adds first - first
            addMomentsOfTwo(x, firstAt, at0, at1, n, sums, at);
        }
    }

    private static void addMomentsOfTwo(float[] x, int firstAt, int at0, int at1, int n, double[] sums, int at) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector firsts = FloatVector.fromArray(SPECIES, x, firstAt + c);
            FloatVector row0 = FloatVector.fromArray(SPECIES, x, at0 + c);
            FloatVector row1 = FloatVector.fromArray(SPECIES, x, at1 + c);
            Vector<Double> first = firsts.convertShape(F2D, DOUBLES, 0);
            Vector<Double> x0 = row0.convertShape(F2D, DOUBLES, 0).sub(first);
            Vector<Double> x1 = row1.convertShape(F2D, DOUBLES, 0).sub(first);
            int to = at + c;
            DoubleVector.fromArray(DOUBLES, sums, to).add(x0.add(x1)).intoArray(sums, to);
            DoubleVector squares = DoubleVector.fromArray(DOUBLES, sums, to + n);
            squares.add(x0.mul(x0).add(x1.mul(x1))).intoArray(sums, to + n);
            first = firsts.convertShape(F2D, DOUBLES, 1);
            x0 = row0.convertShape(F2D, DOUBLES, 1).sub(first);
            x1 = row1.convertShape(F2D, DOUBLES, 1).sub(first);
            to += HALF;
            DoubleVector.fromArray(DOUBLES, sums, to).add(x0.add(x1)).intoArray(sums, to);
            squares = DoubleVector.fromArray(DOUBLES, sums, to + n);
            squares.add(x0.mul(x0).add(x1.mul(x1))).intoArray(sums, to + n);
        }
        for (; c < n; c++) {
            double x0 = (double) x[at0 + c] - x[firstAt + c];
            double x1 = (double) x[at1 + c] - x[firstAt + c];
            sums[at + c] += x0 + x1;
            sums[at + n + c] += x0 * x0 + x1 * x1;
        }
    }

    /** Adds dy (x - mean) and dy of each column, row by row. */
    private static void addGradients(float[] x, int xAt, float[] mean, int meanAt, float[] dy, int dyAt, int n,
            double[] sums, int at) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector xc = FloatVector.fromArray(SPECIES, x, xAt + c);
            FloatVector means = FloatVector.fromArray(SPECIES, mean, meanAt + c);
            FloatVector dyc = FloatVector.fromArray(SPECIES, dy, dyAt + c);
            Vector<Double> gradient = dyc.convertShape(F2D, DOUBLES, 0);
            Vector<Double> centred = xc.convertShape(F2D, DOUBLES, 0).sub(means.convertShape(F2D, DOUBLES, 0));
            int to = at + c;
            DoubleVector.fromArray(DOUBLES, sums, to).add(centred.mul(gradient)).intoArray(sums, to);
            DoubleVector.fromArray(DOUBLES, sums, to + n).add(gradient).intoArray(sums, to + n);
            gradient = dyc.convertShape(F2D, DOUBLES, 1);
            centred = xc.convertShape(F2D, DOUBLES, 1).sub(means.convertShape(F2D, DOUBLES, 1));
            to += HALF;
            DoubleVector.fromArray(DOUBLES, sums, to).add(centred.mul(gradient)).intoArray(sums, to);
            DoubleVector.fromArray(DOUBLES, sums, to + n).add(gradient).intoArray(sums, to + n);
        }
        for (; c < n; c++) {
            sums[at + c] += ((double) x[xAt + c] - mean[meanAt + c]) * dy[dyAt + c];
            sums[at + n + c] += dy[dyAt + c];
        }
    }
}
