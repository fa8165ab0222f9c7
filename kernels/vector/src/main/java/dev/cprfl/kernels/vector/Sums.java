package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.Doubles.HALF;
import static dev.cprfl.kernels.vector.Simd.LANES;
import static dev.cprfl.kernels.vector.Simd.SPECIES;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.LE;

import dev.cprfl.kernels.ReduceShape;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/** Reductions. */
final class Sums {

    private static final VectorSpecies<Double> DOUBLES = Doubles.SPECIES;

    /** Columns that one task sums where there are many. */
    private static final int PANEL = 512;
    /** From so many panels on, each is summed by one task; below, the rows are cut into pieces. */
    private static final int MANY_PANELS = 16;

    private Sums() {}

    static void sum(Workers workers, ReduceShape shape, FloatStorage x, FloatStorage y) {
        if (shape.inner() == 1) {
            sumRows(workers, shape.outer(), shape.reduced(), x, y);
        } else {
            sumColumns(workers, shape, x, y);
        }
    }

    /** y[r] = sum of row r; a long row is cut into pieces whose sums are added in order. */
    private static void sumRows(Workers workers, int rows, int columns, FloatStorage x, FloatStorage y) {
        int pieces = Math.ceilDiv(columns, Ranges.FLOATS);
        if (pieces <= 1) {
            Ranges.run(workers, rows, columns, (from, to) -> {
                for (int r = from; r < to; r++) {
                    y.array[y.offset + r] = (float) Doubles.sum(x.array, x.offset + r * columns, columns);
                }
            });
            return;
        }
        double[] partial = Scratch.doubles(rows * pieces);
        workers.run(rows * pieces, task -> {
            int from = task % pieces * Ranges.FLOATS;
            int length = Math.min(Ranges.FLOATS, columns - from);
            partial[task] = Doubles.sum(x.array, x.offset + task / pieces * columns + from, length);
        });
        for (int r = 0; r < rows; r++) {
            double sum = 0;
            for (int piece = 0; piece < pieces; piece++) {
                sum += partial[r * pieces + piece];
            }
            y.array[y.offset + r] = (float) sum;
        }
    }

    private static void sumColumns(Workers workers, ReduceShape shape, FloatStorage x, FloatStorage y) {
        int panels = Math.ceilDiv(shape.inner(), PANEL);
        int matrix = shape.reduced() * shape.inner();
        if (shape.outer() * panels >= MANY_PANELS) {
            Ranges.run(workers, shape.outer() * panels, matrix / Math.max(1, panels), (from, to) -> {
                for (int item = from; item < to; item++) {
                    sumPanel(shape, item / panels, item % panels * PANEL, x, y);
                }
            });
            return;
        }
        for (int o = 0; o < shape.outer(); o++) {
            int at = x.offset + o * matrix;
            double[] totals = ColumnSums.overRows(workers, shape.reduced(), shape.inner(),
                    (from, to, sums, sumsAt) -> addRows(x.array, at + from * shape.inner(), shape.inner(), to - from,
                            shape.inner(), sums, sumsAt));
            Doubles.store(totals, 0, y.array, y.offset + o * shape.inner(), shape.inner());
        }
    }

    /** y[o, c ...] for one panel of columns, from c on, over all rows. */
    private static void sumPanel(ReduceShape shape, int o, int c, FloatStorage x, FloatStorage y) {
        int columns = Math.min(PANEL, shape.inner() - c);
        double[] sums = Scratch.doubles(PANEL);
        Arrays.fill(sums, 0, columns, 0);
        addRows(x.array, x.offset + o * shape.reduced() * shape.inner() + c, shape.inner(), shape.reduced(), columns,
                sums, 0);
        Doubles.store(sums, 0, y.array, y.offset + o * shape.inner() + c, columns);
    }

    /** sums[sumsAt + c] += sum over the rows of x[r, c]; the rows are {@code stride} apart. */
    private static void addRows(float[] x, int xAt, int stride, int rows, int columns, double[] sums, int sumsAt) {
        int r = 0;
        for (; r <= rows - 4; r += 4) {
            addFourRows(x, xAt + r * stride, stride, columns, sums, sumsAt);
        }
        for (; r < rows; r++) {
            addRow(x, xAt + r * stride, columns, sums, sumsAt);
        }
    }

    /** Four rows at a time: the sums go through memory a quarter as often. */
    private static void addFourRows(float[] x, int at, int stride, int n, double[] sums, int sumsAt) {
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at + c);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + c);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at2 + c);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at3 + c);
            Vector<Double> two = x0.convertShape(F2D, DOUBLES, 0).add(x1.convertShape(F2D, DOUBLES, 0));
            Vector<Double> four = two.add(x2.convertShape(F2D, DOUBLES, 0).add(x3.convertShape(F2D, DOUBLES, 0)));
            int to = sumsAt + c;
            DoubleVector.fromArray(DOUBLES, sums, to).add(four).intoArray(sums, to);
            two = x0.convertShape(F2D, DOUBLES, 1).add(x1.convertShape(F2D, DOUBLES, 1));
            four = two.add(x2.convertShape(F2D, DOUBLES, 1).add(x3.convertShape(F2D, DOUBLES, 1)));
            to += HALF;
            DoubleVector.fromArray(DOUBLES, sums, to).add(four).intoArray(sums, to);
        }
        for (; c < n; c++) {
            sums[sumsAt + c] += ((double) x[at + c] + x[at1 + c]) + ((double) x[at2 + c] + x[at3 + c]);
        }
    }

    private static void addRow(float[] x, int at, int n, double[] sums, int sumsAt) {
        int c = 0;
        for (; c < SPECIES.loopBound(n); c += LANES) {
            FloatVector xc = FloatVector.fromArray(SPECIES, x, at + c);
            int to = sumsAt + c;
            DoubleVector.fromArray(DOUBLES, sums, to).add(xc.convertShape(F2D, DOUBLES, 0)).intoArray(sums, to);
            to += HALF;
            DoubleVector.fromArray(DOUBLES, sums, to).add(xc.convertShape(F2D, DOUBLES, 1)).intoArray(sums, to);
        }
        for (; c < n; c++) {
            sums[sumsAt + c] += x[at + c];
        }
    }

    static int firstNonFinite(Workers workers, FloatStorage x) {
        AtomicInteger first = new AtomicInteger(x.length);
        Ranges.run(workers, x.length, 1, (from, to) -> {
            if (from < first.get()) {
                int found = firstNonFinite(x.array, x.offset + from, x.offset + to) - x.offset;
                first.accumulateAndGet(found < to ? found : x.length, Math::min);
            }
        });
        return first.get() < x.length ? first.get() : -1;
    }

    /** Where in x the first NaN or infinity stands, or {@code to}. */
    private static int firstNonFinite(float[] x, int from, int to) {
        int i = from;
        while (i <= to - LANES
                && FloatVector.fromArray(SPECIES, x, i).abs().compare(LE, Float.MAX_VALUE).allTrue()) {
            i += LANES;
        }
        while (i < to && Float.isFinite(x[i])) {
            i++;
        }
        return i;
    }
}
