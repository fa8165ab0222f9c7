package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.tensor.Tensor;
import java.util.function.DoubleFunction;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of each channel: y = gamma xhat + beta, xhat = (x - mean) invStd,
 * invStd = 1 / sqrt(variance + eps). In training mean and variance are those of the n rows, and the running statistics move
 * towards them (the running variance towards the unbiased one); otherwise they are the running ones, constants.
 *
 * <p>dbeta = sum dy and dgamma = sum dy xhat over the rows; dx = gamma invStd (dy - dbeta / n - xhat dgamma / n) in training,
 * gamma invStd dy otherwise. PyTorch: {@code batch_norm}, channels last.
 */
public final class BatchNorm {

    private BatchNorm() {}

    /**
     * @param x [..., channels]; all axes but the last are rows
     * @param gamma [channels]
     * @param beta [channels]
     * @param runningMean [channels], changed in training
     * @param runningVar [channels], changed in training
     * @param momentum share of this batch in the new running statistics
     * @throws IllegalArgumentException if the shapes do not fit, or in training if there is only one row
     */
    public static Variable apply(Variable x, Variable gamma, Variable beta, Tensor runningMean, Tensor runningVar,
            boolean training, double momentum, double eps) {
        RowShape shape = shape(x, gamma, beta, runningMean, runningVar, training);
        if (!training) {
            return evaluate(shape, x, gamma, beta, runningMean, runningVar, eps);
        }
        Backend backend = x.backend();
        Tensor mean = Tensor.allocate(backend, gamma.shape());
        Tensor invStd = Tensor.allocate(backend, gamma.shape());
        DoubleFunction<Tensor> forward = share -> {
            Tensor y = Tensor.allocate(backend, x.shape());
            backend.batchNormTrain(shape, share, eps, x.value().storage(), gamma.value().storage(),
                    beta.value().storage(), runningMean.storage(), runningVar.storage(), y.storage(), mean.storage(),
                    invStd.storage());
            return y;
        };
        Tensor result = forward.apply(momentum);
        if (!Tape.records(x, gamma, beta)) {
            mean.release();
            invStd.release();
        }
        // Computed again with a share of 0, the running statistics stay as they are.
        return Tape.recordComputable(result, () -> forward.apply(0), (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            Tensor dgamma = Tensor.allocate(backend, gamma.shape());
            Tensor dbeta = Tensor.allocate(backend, beta.shape());
            backend.batchNormTrainBackward(shape, x.value().storage(), gamma.value().storage(), mean.storage(),
                    invStd.storage(), dy.storage(), dx.storage(), dgamma.storage(), dbeta.storage());
            mean.release();
            invStd.release();
            gradients.addNeeded(x, dx);
            gradients.addNeeded(gamma, dgamma);
            gradients.addNeeded(beta, dbeta);
        }, x, gamma, beta);
    }

    /**
     * x as a matrix with a column for each channel.
     *
     * @throws IllegalArgumentException if the shapes do not fit, or in training if there is only one row
     */
    static RowShape shape(Variable x, Variable gamma, Variable beta, Tensor runningMean, Tensor runningVar,
            boolean training) {
        RowShape shape = Normalisation.shape("batch", x, gamma, beta);
        if (!runningMean.shape().equals(gamma.shape()) || !runningVar.shape().equals(gamma.shape())) {
            throw new IllegalArgumentException("batch normalisation of x " + x.shape() + " needs running statistics "
                    + gamma.shape() + "; got mean " + runningMean.shape() + ", variance " + runningVar.shape());
        }
        if (training && shape.rows() == 1) {
            throw new IllegalArgumentException(
                    "batch normalisation in training needs more than one number a channel, x is " + x.shape());
        }
        return shape;
    }

    private static Variable evaluate(RowShape shape, Variable x, Variable gamma, Variable beta, Tensor runningMean,
            Tensor runningVar, double eps) {
        Backend backend = x.backend();
        Tensor y = Tensor.allocate(backend, x.shape());
        backend.batchNormEval(shape, eps, x.value().storage(), gamma.value().storage(), beta.value().storage(),
                runningMean.storage(), runningVar.storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor dx = gradients.reuse(dy);
            Tensor dgamma = Tensor.allocate(backend, gamma.shape());
            Tensor dbeta = Tensor.allocate(backend, beta.shape());
            backend.batchNormEvalBackward(shape, eps, x.value().storage(), gamma.value().storage(),
                    runningMean.storage(), runningVar.storage(), dy.storage(), dx.storage(), dgamma.storage(),
                    dbeta.storage());
            gradients.addNeeded(x, dx);
            gradients.addNeeded(gamma, dgamma);
            gradients.addNeeded(beta, dbeta);
        }, x, gamma, beta);
    }
}
