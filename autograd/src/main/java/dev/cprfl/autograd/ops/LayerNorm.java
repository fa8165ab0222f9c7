package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) of each row: y = gamma xhat + beta, xhat = (x - mean) invStd,
 * invStd = 1 / sqrt(variance + eps), with the row's own mean and biased variance.
 *
 * <p>With g = dy gamma, dx = invStd (g - mean(g) - xhat mean(g xhat)) along the row; dgamma = sum dy xhat and dbeta = sum dy
 * over the rows. PyTorch: {@code layer_norm} over the last axis.
 */
public final class LayerNorm {

    private LayerNorm() {}

    /**
     * @param x [..., columns]
     * @param gamma [columns]
     * @param beta [columns]
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(Variable x, Variable gamma, Variable beta, double eps) {
        RowShape shape = Normalisation.shape("layer", x, gamma, beta);
        Backend backend = x.backend();
        Tensor y = Tensor.allocate(backend, x.shape());
        Tensor mean = Tensor.allocate(backend, Shape.of(shape.rows()));
        Tensor invStd = Tensor.allocate(backend, Shape.of(shape.rows()));
        backend.layerNorm(shape, eps, x.value().storage(), gamma.value().storage(), beta.value().storage(), y.storage(),
                mean.storage(), invStd.storage());
        if (!Tape.records(x, gamma, beta)) {
            mean.release();
            invStd.release();
        }
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = Tensor.allocate(backend, x.shape());
            Tensor dgamma = Tensor.allocate(backend, gamma.shape());
            Tensor dbeta = Tensor.allocate(backend, beta.shape());
            backend.layerNormBackward(shape, x.value().storage(), gamma.value().storage(), mean.storage(),
                    invStd.storage(), dy.storage(), dx.storage(), dgamma.storage(), dbeta.storage());
            mean.release();
            invStd.release();
            gradients.addNeeded(x, dx);
            gradients.addNeeded(gamma, dgamma);
            gradients.addNeeded(beta, dbeta);
        }, x, gamma, beta);
    }
}
