package dev.cprfl.audit.conformance;

import dev.cprfl.audit.Finding;
import dev.cprfl.audit.conformance.OperationCase.InPlace;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Compares one backend with the reference. A case is run many times: on storages of its own, on windows at odd offsets, with
 * every number of threads, in place where that is allowed, with a NaN here and there in each input, and with an output that
 * is too short.
 *
 * <p>{@link Backend#isDevice A device} has no threads to count; there the same call must give the same bits every time. How its
 * operands lie may choose another kernel, whose sums have another order, so that other offsets and in place need only agree with
 * the reference.
 *
 * <p><b>Tolerance.</b> Output number i may differ from the reference by {@code FACTOR eps sqrt(terms) (influence + |y_i|)},
 * where eps is the backend's machine epsilon, or for products {@link Backend#productEpsilon}. {@code influence} is how far y_i
 * moves, relative to the size of the disturbance, when every input number is disturbed by the same relative amount up or down:
 * the root mean square over {@link #DRAWS} patterns of signs, computed by the reference. So the tolerance follows from the size of the problem, the
 * magnitudes in it and how well it is conditioned; the square root is how rounding errors of a sum add up, and FACTOR is the
 * same for all operations. Numbers below the smallest normal float may be flushed to zero.
 */
public final class Judge implements AutoCloseable {

    private static final int[] THREADS = {1, 2, 3, 7};
    /** Runs on a device that must all give the same bits. */
    private static final int REPETITIONS = 4;

    private static final double FACTOR = 8;
    private static final int DRAWS = 8;
    private static final double DISTURBANCE = 0x1p-24;

    /** Stands before and after every operand and inside outputs where nothing may be written. No operation returns it. */
    private static final double UNTOUCHED = -7777.25;

    private static final String FIRST = "1 thread";
    private static final String AGAIN = "the same call again";

    private final Backend reference;
    private final List<Backend> subjects = new ArrayList<>();
    private final boolean device;
    private final double epsilon;
    private final double productEpsilon;

    /** @param subject opens the judged backend with a number of threads */
    public Judge(Backend reference, IntFunction<Backend> subject) {
        this.reference = reference;
        Backend first = subject.apply(THREADS[0]);
        device = first.isDevice();
        subjects.add(first);
        for (int i = 1; i < THREADS.length && !device; i++) {
            subjects.add(subject.apply(THREADS[i]));
        }
        epsilon = epsilon(first);
        productEpsilon = Math.max(epsilon, first.productEpsilon());
    }

    /** Whether products are less exact than the numbers in memory; they are what tells such a backend from the exact one. */
    boolean roundsProducts() {
        return productEpsilon > epsilon;
    }

    /** What {@link Judgement#repetition} compares. */
    String repetition() {
        return device ? REPETITIONS + " times the same call" : "2, 3 and 7 threads against 1";
    }

    /** The distance from 1 to the next number that the backend's memory can hold. */
    private static double epsilon(Backend backend) {
        Storage storage = backend.memory().allocate(1);
        backend.memory().write(new double[]{1 + 0x1p-52}, 0, storage);
        double[] back = new double[1];
        backend.memory().read(storage, back, 0);
        backend.memory().release(storage);
        return back[0] == 1 ? 0x1p-23 : 0x1p-52;
    }

    @Override
    public void close() {
        subjects.forEach(Backend::close);
    }

    /** Judges a case. */
    public Judgement judge(OperationCase c) {
        double[][] inputs = c.operands.stream().map(Operand::values).toArray(double[][]::new);
        double[][] expected = expected(c, inputs);
        double[][] tolerance = tolerance(c, inputs, expected);
        double[][] first;
        try {
            first = run(FIRST, c, subjects.getFirst(), inputs, expected, 0, null);
        } catch (AssertionError e) {
            return new Judgement(Finding.failed(e.getMessage()), Finding.NONE);
        }
        Finding agreement = compare(FIRST, c, first, expected, tolerance);
        return new Judgement(
                agreement.worse(holds(() -> requireContract(c, inputs, expected, first, tolerance))),
                holds(() -> requireSameAgain(c, inputs, expected, first)));
    }

    private static Finding holds(Runnable requirement) {
        try {
            requirement.run();
            return Finding.NONE;
        } catch (AssertionError e) {
            return Finding.failed(e.getMessage());
        }
    }

    private void requireSameAgain(OperationCase c, double[][] inputs, double[][] expected, double[][] first) {
        for (int i = 0; i < subjects.size() && !device; i++) {
            String what = THREADS[i] + " threads, odd offsets";
            requireSame(what, c, run(what, c, subjects.get(i), inputs, expected, 1, null), first);
        }
        double[][] odd = null;
        for (int i = 1; i < REPETITIONS && device; i++) {
            requireSame(AGAIN, c, run(AGAIN, c, subjects.getFirst(), inputs, expected, 0, null), first);
            double[][] next = run(AGAIN, c, subjects.getFirst(), inputs, expected, 1, null);
            requireSame(AGAIN, c, next, odd == null ? next : odd);
            odd = next;
        }
    }

    private void requireContract(OperationCase c, double[][] inputs, double[][] expected, double[][] first,
            double[][] tolerance) {
        if (device) {
            String what = "odd offsets";
            compare(what, c, run(what, c, subjects.getFirst(), inputs, expected, 1, null), expected, tolerance)
                    .verify();
        }
        for (InPlace pair : c.inPlace) {
            String what = "in place of " + c.operands.get(pair.read()).name();
            double[][] got = run(what, c, subjects.getFirst(), inputs, expected, 1, pair);
            if (device) {
                compare(what, c, got, expected, tolerance).verify();
            } else {
                requireSame(what, c, got, first);
            }
        }
        for (int operand = 0; operand < inputs.length; operand++) {
            if (c.operands.get(operand).isWritten() && c.operands.get(operand).length() > 0) {
                judgeTooShort(c, inputs, operand);
            }
            if (c.operands.get(operand).isRead() && inputs[operand].length > 0) {
                int last = inputs[operand].length - 1;
                for (int position : IntStream.of(0, last / 2, last).distinct().toArray()) {
                    judgeNan(c, inputs, operand, position);
                }
            }
        }
    }

    private void judgeNan(OperationCase c, double[][] inputs, int operand, int position) {
        String what = "NaN at " + c.operands.get(operand).name() + "[" + position + "]";
        double[][] poisoned = inputs.clone();
        poisoned[operand] = inputs[operand].clone();
        poisoned[operand][position] = Double.NaN;
        double[][] expected = expected(c, poisoned);
        double[][] got = run(what, c, subjects.get(device ? 0 : 1), poisoned, expected, 3, null);
        for (int i = 0; i < got.length; i++) {
            for (int j = 0; j < got[i].length; j++) {
                boolean wanted = Double.isNaN(expected[i][j]);
                if (wanted != Double.isNaN(got[i][j]) && (wanted || !c.nanMaySpread)) {
                    report(what, c, i, j, got[i][j], expected[i][j], 0);
                }
            }
        }
    }

    /** An output that lacks its last number must be refused, or else shorten the operation; never written past its end. */
    private void judgeTooShort(OperationCase c, double[][] inputs, int operand) {
        Memory memory = subjects.getFirst().memory();
        Storage[] operands = new Storage[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            int length = c.operands.get(i).length();
            operands[i] = memory.allocate(length);
            memory.write(inputs[i] != null ? inputs[i] : poison(length, null), 0, operands[i]);
        }
        Storage whole = operands[operand];
        int last = whole.length() - 1;
        memory.write(new double[]{UNTOUCHED}, 0, whole.slice(last, 1));
        operands[operand] = whole.slice(0, last);
        try {
            c.call.on(subjects.getFirst(), operands);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // As it should be.
        }
        double written = read(memory, whole)[last];
        if (written != UNTOUCHED) {
            fail(c + ": wrote " + written + " past the end of " + c.operands.get(operand).name());
        }
        operands[operand] = whole;
        for (Storage storage : operands) {
            memory.release(storage);
        }
    }

    /** The reference's results; {@link #UNTOUCHED} where the operation writes nothing. */
    private double[][] expected(OperationCase c, double[][] inputs) {
        return run("reference", c, reference, inputs, null, 0, null);
    }

    private double[][] tolerance(OperationCase c, double[][] inputs, double[][] expected) {
        return c.smooth != null && roundsProducts()
                ? tolerance(c.smooth, inputs, expected(c.smooth, inputs))
                : ownTolerance(c, inputs, expected);
    }

    private double[][] ownTolerance(OperationCase c, double[][] inputs, double[][] expected) {
        double[][] tolerance = new double[expected.length][];
        Arrays.setAll(tolerance, i -> new double[expected[i].length]);
        if (c.exact) {
            return tolerance;
        }
        for (int draw = 0; draw < DRAWS; draw++) {
            double[][] moved = expected(c, disturbed(c, inputs, draw));
            for (int i = 0; i < expected.length; i++) {
                for (int j = 0; j < expected[i].length; j++) {
                    double change = (moved[i][j] - expected[i][j]) / DISTURBANCE;
                    tolerance[i][j] += change * change / DRAWS;
                }
            }
        }
        double eps = c.products ? productEpsilon : epsilon;
        double smallest = epsilon == 0x1p-23 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                double magnitude = Math.sqrt(tolerance[i][j]) + Math.abs(expected[i][j]);
                tolerance[i][j] = FACTOR * eps * Math.sqrt(c.terms) * magnitude + smallest;
            }
        }
        return tolerance;
    }

    /**
     * Blocks of {@link #DRAWS} numbers get the columns of a Hadamard matrix as signs, which are orthogonal, so that over all
     * draws their effects on an output add up as squares and never cancel. Between blocks chance does nearly the same: each
     * has a random sign in each draw, or the numbers of a column of a matrix could all move together.
     */
    private static double[][] disturbed(OperationCase c, double[][] inputs, int draw) {
        double[][] moved = inputs.clone();
        for (int i = 0; i < moved.length; i++) {
            if (c.operands.get(i).carriesErrors()) {
                Rng rng = Rng.of(i, draw);
                moved[i] = inputs[i].clone();
                long sign = 0;
                for (int j = 0; j < moved[i].length; j++) {
                    sign = j % DRAWS == 0 ? rng.nextLong() & 1 : sign;
                    int column = (j + 3 * i) % DRAWS; // numbers at equal places of the operands differ as well
                    boolean up = (Integer.bitCount(draw & column) + sign) % 2 == 0;
                    moved[i][j] *= up ? 1 + DISTURBANCE : 1 - DISTURBANCE;
                }
            }
        }
        return moved;
    }

    /**
     * Makes the call once and checks that nothing was written where nothing may be.
     *
     * @param expected outputs are filled with NaN before the call except where this holds {@link #UNTOUCHED}; null fills
     *        them with that everywhere
     * @param margin how many numbers lie before and after each operand
     * @param inPlace the operands that share a storage, or null
     * @return the content of all operands after the call
     */
    private static double[][] run(String what, OperationCase c, Backend backend, double[][] inputs,
            double[][] expected, int margin, InPlace inPlace) {
        Memory memory = backend.memory();
        int count = c.operands.size();
        Storage[] whole = new Storage[count];
        Storage[] operands = new Storage[count];
        for (int i = 0; i < count; i++) {
            double[] content = inputs[i] != null
                    ? inputs[i]
                    : poison(c.operands.get(i).length(), expected == null ? null : expected[i]);
            // Different odd margins, so that operands lie differently towards each other.
            int before = margin == 0 ? 0 : margin + 2 * i;
            whole[i] = memory.allocate(content.length + before + margin);
            memory.write(padded(content, before, margin), 0, whole[i]);
            operands[i] = margin == 0 ? whole[i] : whole[i].slice(before, content.length);
        }
        Storage[] passed = operands.clone();
        if (inPlace != null) {
            passed[inPlace.written()] = operands[inPlace.read()];
        }
        c.call.on(backend, passed);

        double[][] results = new double[count][];
        for (int i = 0; i < count; i++) {
            boolean overwritten = inPlace != null && i == inPlace.read();
            results[i] = check(what, c, i, read(memory, whole[i]), inputs[i], margin, overwritten);
        }
        if (inPlace != null) {
            results[inPlace.written()] = results[inPlace.read()];
            results[inPlace.read()] = inputs[inPlace.read()];
        }
        for (Storage storage : whole) {
            memory.release(storage);
        }
        return results;
    }

    private static double[] poison(int length, double[] expected) {
        double[] content = new double[length];
        Arrays.setAll(content, j -> expected == null || expected[j] == UNTOUCHED ? UNTOUCHED : Double.NaN);
        return content;
    }

    private static double[] padded(double[] content, int before, int after) {
        double[] padded = new double[content.length + before + after];
        Arrays.fill(padded, UNTOUCHED);
        System.arraycopy(content, 0, padded, before, content.length);
        return padded;
    }

    private static double[] read(Memory memory, Storage storage) {
        double[] content = new double[storage.length()];
        memory.read(storage, content, 0);
        return content;
    }

    /** Cuts the operand out of its storage after a look at the margins and, for an input, at the content. */
    private static double[] check(String what, OperationCase c, int operand, double[] after, double[] input, int margin,
            boolean overwritten) {
        String name = c.operands.get(operand).name();
        int length = c.operands.get(operand).length();
        int before = after.length - length - margin;
        for (int j = 0; j < after.length; j++) {
            boolean inside = j >= before && j < before + length;
            if (!inside && after[j] != UNTOUCHED) {
                fail(c + ", " + what + ": wrote " + after[j] + " outside " + name + ", at index " + (j - before));
            }
        }
        double[] content = Arrays.copyOfRange(after, before, before + length);
        boolean readOnly = !c.operands.get(operand).isWritten() && !overwritten;
        if (readOnly && !Arrays.equals(content, input)) {
            fail(c + ", " + what + ": changed its input " + name);
        }
        return content;
    }

    private Finding compare(String what, OperationCase c, double[][] got, double[][] expected, double[][] tolerance) {
        Finding worst = Finding.NONE;
        for (int i = 0; i < got.length; i++) {
            for (int j = 0; j < got[i].length; j++) {
                double want = epsilon == 0x1p-23 ? (float) expected[i][j] : expected[i][j];
                boolean same = got[i][j] == want || (Double.isNaN(got[i][j]) && Double.isNaN(want));
                if (!same) {
                    double error = Math.abs(got[i][j] - expected[i][j]);
                    boolean passed = error <= tolerance[i][j]; // NaN does not
                    worst = worst.worse(new Finding(error, tolerance[i][j], passed
                            ? null
                            : message(what, c, i, j, got[i][j], expected[i][j], tolerance[i][j])));
                    if (!passed) {
                        return worst;
                    }
                }
            }
        }
        return worst;
    }

    /** Every bit must be the same. */
    private static void requireSame(String what, OperationCase c, double[][] got, double[][] first) {
        for (int i = 0; i < got.length; i++) {
            int j = Arrays.mismatch(got[i], first[i]);
            if (j >= 0) {
                report(what + ", not as " + (what.equals(AGAIN) ? "before" : "on 1 thread"), c, i, j, got[i][j],
                        first[i][j], 0);
            }
        }
    }

    private static void fail(String message) {
        throw new AssertionError(message);
    }

    private static void report(String what, OperationCase c, int operand, int index, double got, double expected,
            double tolerance) {
        fail(message(what, c, operand, index, got, expected, tolerance));
    }

    private static String message(String what, OperationCase c, int operand, int index, double got, double expected,
            double tolerance) {
        return c + ", " + what + ": " + c.operands.get(operand).name() + "[" + index + "] is " + got + ", should be "
                + expected + " within " + tolerance;
    }
}
