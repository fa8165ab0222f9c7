package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.tensor.Shape;

/** What batch and layer normalisation share: the check of their shapes. */
final class Normalisation {

    private Normalisation() {}

    /**
     * x as a matrix whose columns are the last axis.
     *
     * @throws IllegalArgumentException if gamma or beta is not [x's last extent]
     */
    static RowShape shape(String kind, Variable x, Variable gamma, Variable beta) {
        boolean fits = x.shape().rank() >= 1 && gamma.shape().equals(Shape.of(x.shape().extent(-1)))
                && beta.shape().equals(gamma.shape());
        if (!fits) {
            throw new IllegalArgumentException(
                    kind + " normalisation needs x [..., columns], gamma and beta [columns]; got x "
                            + x.shape() + ", gamma " + gamma.shape() + ", beta " + beta.shape());
        }
        return new RowShape(x.shape().length(0, x.shape().rank() - 1), x.shape().extent(-1));
    }
}
