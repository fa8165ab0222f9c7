package dev.cprfl.autograd;

import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * Compares the gradients of a function with finite differences. The function's output y is made a number by a random seed,
 * L = sum(y seed), and L is differentiated both by the {@link Tape} and numerically. Needs a backend in double; the function
 * must return the same numbers at every call, and its inputs should lie away from kinks.
 */
public final class GradCheck {

    private static final double LARGEST_STEP = 1e-2;
    private static final double SMALLEST_STEP = 1e-6;

    /** By what a step is divided to get the next: a smooth function shows its slope with few steps. */
    private static final double COARSE = 8;

    /** Among kinks the steps that cross none and do not drown in rounding are few; two of them have to be met. */
    private static final double FINE = 2;

    /** A derivative below this share of the leaf's largest is compared at the scale of that share. */
    private static final double SMALL = 1e-3;

    /** A derivative below this share of the sum that makes up L drowns in its rounding. */
    private static final double UNRESOLVED = 1e-6;

    /**
     * One derivative, by both ways.
     *
     * @param leaf name of the variable
     * @param index its element, or the number of the random direction
     * @param error |analytic - numeric| relative to the larger of the two
     */
    public record Result(String leaf, int index, double analytic, double numeric, double error) {

        private static final Result NONE = new Result("", 0, 0, 0, 0);

        private Result worse(Result other) {
            return error >= other.error ? this : other;
        }
    }

    private final Supplier<Variable> function;
    private final Map<String, ? extends Variable> leaves;
    private final Map<String, double[]> gradients = new LinkedHashMap<>();
    private final double largestStep;
    private final double ratio;
    private double[] seed;
    private double magnitude;

    private GradCheck(Supplier<Variable> function, Map<String, ? extends Variable> leaves, double largestStep,
            double ratio) {
        this.function = function;
        this.leaves = leaves;
        this.largestStep = largestStep;
        this.ratio = ratio;
        differentiate();
    }

    /** Checks the derivative by every element of every leaf; returns the worst. */
    public static Result elements(Supplier<Variable> function, Map<String, ? extends Variable> leaves) {
        GradCheck check = new GradCheck(function, leaves, LARGEST_STEP, COARSE);
        Result worst = Result.NONE;
        for (String leaf : leaves.keySet()) {
            double[] gradient = check.gradients.get(leaf);
            double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
            for (int i = 0; i < gradient.length; i++) {
                double[] direction = new double[gradient.length];
                direction[i] = 1;
                worst = check.compare(leaf, i, direction, gradient[i], largest).worse(worst);
            }
        }
        return worst;
    }

    /** Checks, for every leaf, the derivative along some random directions; returns the worst. */
    public static Result directions(Supplier<Variable> function, Map<String, ? extends Variable> leaves,
            int directions) {
        return directions(new GradCheck(function, leaves, LARGEST_STEP, COARSE), directions);
    }

    /**
     * As {@link #directions(Supplier, Map, int)}, for a function with many kinks.
     *
     * @param largestStep what finite differences start with: a whole network has so many ReLUs that larger steps cross some
     */
    public static Result directions(Supplier<Variable> function, Map<String, ? extends Variable> leaves,
            int directions, double largestStep) {
        return directions(new GradCheck(function, leaves, largestStep, FINE), directions);
    }

    private static Result directions(GradCheck check, int directions) {
        Result worst = Result.NONE;
        for (String leaf : check.leaves.keySet()) {
            double[] gradient = check.gradients.get(leaf);
            for (int i = 0; i < directions; i++) {
                double[] direction = normal(gradient.length, leaf.hashCode(), i);
                double slope = dot(gradient, direction);
                worst = check.compare(leaf, i, direction, slope, Math.sqrt(dot(gradient, gradient))).worse(worst);
            }
        }
        return worst;
    }

    private void differentiate() {
        try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
            Variable y = function.get();
            seed = normal(y.shape().length(), 0, 0);
            double[] values = y.value().toDoubles();
            for (int i = 0; i < seed.length; i++) {
                magnitude += Math.abs(values[i] * seed[i]);
            }
            Gradients found = tape.backward(y, Tensor.of(y.backend(), y.shape(), seed));
            leaves.forEach((name, leaf) -> {
                Tensor gradient = found.get(leaf);
                gradients.put(name, gradient == null ? new double[leaf.shape().length()] : gradient.toDoubles());
            });
        }
    }

    private Result compare(String leaf, int index, double[] direction, double analytic, double scale) {
        double numeric = derivative(leaves.get(leaf).value(), direction);
        double floor = Math.max(SMALL * scale, UNRESOLVED * magnitude);
        double error = Math.abs(analytic - numeric)
                / Math.max(Math.max(Math.abs(analytic), Math.abs(numeric)), floor);
        boolean equal = analytic == numeric;
        return new Result(leaf, index, analytic, numeric, equal ? 0 : Double.isNaN(error) ? Double.MAX_VALUE : error);
    }

    /** The derivative of L by t at x + t direction, t = 0. */
    private double derivative(Tensor x, double[] direction) {
        double[] start = x.toDoubles();
        double[] moved = new double[start.length];
        try {
            return derivative(t -> {
                for (int i = 0; i < start.length; i++) {
                    moved[i] = start[i] + t * direction[i];
                }
                x.backend().memory().write(moved, 0, x.storage());
                return value();
            });
        } finally {
            x.backend().memory().write(start, 0, x.storage());
        }
    }

    /**
     * The central difference of fourth order, f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h^4), with smaller and
     * smaller steps: first the truncated terms fade, then rounding takes over. The step in between is the one whose result
     * differs least from that of the step before.
     */
    private double derivative(DoubleUnaryOperator f) {
        double best = Double.NaN;
        double smallestChange = Double.POSITIVE_INFINITY;
        double previous = Double.NaN;
        for (double h = largestStep; h >= SMALLEST_STEP; h /= ratio) {
            double difference = (8 * (f.applyAsDouble(h) - f.applyAsDouble(-h))
                    - (f.applyAsDouble(2 * h) - f.applyAsDouble(-2 * h))) / (12 * h);
            double change = Math.abs(difference - previous);
            if (change < smallestChange) {
                smallestChange = change;
                best = difference;
            }
            previous = difference;
        }
        return best;
    }

    private double value() {
        try (Scope _ = Scope.open()) {
            return dot(function.get().value().toDoubles(), seed);
        }
    }

    private static double[] normal(int length, long... key) {
        Rng rng = Rng.of(key);
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = rng.nextGaussian();
        }
        return numbers;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
