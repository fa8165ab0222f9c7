package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/**
 * Inverted dropout (Srivastava et al. 2014): y_i = x_i keep_i / (1 - p), where keep_i is 1 with probability 1 - p and else 0;
 * dx_i = dy_i keep_i / (1 - p). The seed alone decides the mask, so the way back draws it again and none is stored. PyTorch:
 * {@code dropout} while training.
 */
public final class Dropout {

    private Dropout() {}

    /**
     * @param x any shape
     * @param p probability of dropping a number, in [0, 1)
     * @throws IllegalArgumentException if p lies outside
     */
    public static Variable apply(Variable x, double p, long seed) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout probability must lie in [0, 1): " + p);
        }
        Tensor y = Tensor.allocate(x.backend(), x.shape());
        x.backend().dropout(p, seed, x.value().storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            x.backend().dropout(p, seed, dy.storage(), dx.storage());
            gradients.add(x, dx);
        }, x);
    }
}
