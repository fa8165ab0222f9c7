package dev.cprfl.bench.softplus;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/** y = ln(1 + exp(x)), elementwise; dx = dy / (1 + exp(-x)). PyTorch: {@code softplus}. */
public final class Softplus {

    private Softplus() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        double[] numbers = x.value().toDoubles();
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = value(numbers[i]);
        }
        Tensor y = Tensor.of(x.backend(), x.shape(), numbers);
        return Tape.record(y, (dy, gradients) -> {
            double[] slopes = x.value().toDoubles();
            double[] incoming = dy.toDoubles();
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = incoming[i] * derivative(slopes[i]);
            }
            gradients.add(x, Tensor.of(x.backend(), x.shape(), slopes));
        }, x);
    }

    /** max(x, 0) + ln(1 + exp(-|x|)): the same number, and exp never overflows. */
    static double value(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    static double derivative(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
