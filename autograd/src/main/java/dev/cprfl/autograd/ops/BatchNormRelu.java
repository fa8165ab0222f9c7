package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.UnaryOp;
import dev.cprfl.tensor.Tensor;

/**
 * {@link BatchNorm} with what follows it in a residual network: y = max(batchNorm(x) + residual, 0).
 *
 * <p>dresidual = dy where y &gt; 0, else 0; dx, dgamma and dbeta are batch normalisation's with dresidual in the place of dy. In
 * training this is one operation, and y need not be kept: it is computed again from x and the residual.
 */
public final class BatchNormRelu {

    private final RowShape shape;
    private final Variable x;
    private final Variable gamma;
    private final Variable beta;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final Variable residual;
    private final double eps;
    private final Backend backend;
    private final Tensor mean;
    private final Tensor invStd;
    private Variable output;

    private BatchNormRelu(RowShape shape, Variable x, Variable gamma, Variable beta, Tensor runningMean,
            Tensor runningVar, Variable residual, double eps) {
        this.shape = shape;
        this.x = x;
        this.gamma = gamma;
        this.beta = beta;
        this.runningMean = runningMean;
        this.runningVar = runningVar;
        this.residual = residual;
        this.eps = eps;
        backend = x.backend();
        mean = Tensor.allocate(backend, gamma.shape());
        invStd = Tensor.allocate(backend, gamma.shape());
    }

    /**
     * The parameters are those of {@link BatchNorm#apply}.
     *
     * @param residual x's shape, or null
     * @throws IllegalArgumentException if the shapes do not fit, or in training if there is only one row
     */
    public static Variable apply(Variable x, Variable gamma, Variable beta, Tensor runningMean, Tensor runningVar,
            Variable residual, boolean training, double momentum, double eps) {
        RowShape shape = BatchNorm.shape(x, gamma, beta, runningMean, runningVar, training);
        if (residual != null && !residual.shape().equals(x.shape())) {
            throw new IllegalArgumentException("batch normalisation of x " + x.shape()
                    + " cannot be added to a residual of shape " + residual.shape());
        }
        if (!training) {
            return evaluate(shape, x, gamma, beta, runningMean, runningVar, residual, eps);
        }
        BatchNormRelu op = new BatchNormRelu(shape, x, gamma, beta, runningMean, runningVar, residual, eps);
        Tensor y = op.forward(momentum);
        if (!Tape.records(x, gamma, beta, residual)) {
            op.releaseStatistics();
        }
        // A device has no time to spare for memory traffic: there the widest outputs, those with a residual, are kept.
        boolean cheap = residual == null || !op.backend.isDevice();
        op.output = cheap
                ? Tape.recordComputable(y, () -> op.forward(0), op::backward, x, gamma, beta, residual)
                : Tape.record(y, op::backward, x, gamma, beta, residual);
        return op.output;
    }

    /** @param momentum with 0, the running statistics stay as they are */
    private Tensor forward(double momentum) {
        Tensor y = Tensor.allocate(backend, x.shape());
        backend.batchNormTrainRelu(shape, momentum, eps, x.value().storage(), gamma.value().storage(),
                beta.value().storage(), runningMean.storage(), runningVar.storage(),
                residual == null ? null : residual.value().storage(), y.storage(), mean.storage(), invStd.storage());
        return y;
    }

    private void backward(Tensor dy, Gradients gradients) {
        boolean toResidual = gradients.needs(residual);
        Tensor dresidual = toResidual ? gradients.reuse(dy) : null;
        Tensor dx = toResidual ? Tensor.allocate(backend, x.shape()) : gradients.reuse(dy);
        Tensor dgamma = Tensor.allocate(backend, gamma.shape());
        Tensor dbeta = Tensor.allocate(backend, beta.shape());
        backend.batchNormTrainReluBackward(shape, x.value().storage(), gamma.value().storage(), mean.storage(),
                invStd.storage(), output.value().storage(), dy.storage(), dx.storage(),
                toResidual ? dresidual.storage() : null, dgamma.storage(), dbeta.storage());
        releaseStatistics();
        if (toResidual) {
            gradients.add(residual, dresidual);
        }
        gradients.addNeeded(x, dx);
        gradients.addNeeded(gamma, dgamma);
        gradients.addNeeded(beta, dbeta);
    }

    private void releaseStatistics() {
        mean.release();
        invStd.release();
    }

    /** With the running statistics, whose normalisation is the convolution's part at inference. */
    private static Variable evaluate(RowShape shape, Variable x, Variable gamma, Variable beta, Tensor runningMean,
            Tensor runningVar, Variable residual, double eps) {
        Backend backend = x.backend();
        Tensor y = Tensor.allocate(backend, x.shape());
        backend.batchNormEval(shape, eps, x.value().storage(), gamma.value().storage(), beta.value().storage(),
                runningMean.storage(), runningVar.storage(), y.storage());
        if (residual != null) {
            Broadcast.into(BinaryOp.ADD, y, residual.value(), y);
        }
        backend.unary(UnaryOp.RELU, y.storage(), y.storage());
        return Tape.record(y, (dy, gradients) -> {
            Tensor masked = gradients.reuse(dy);
            backend.unaryBackward(UnaryOp.RELU, y.storage(), y.storage(), dy.storage(), masked.storage());
            boolean toResidual = gradients.needs(residual);
            Tensor dx = toResidual ? Tensor.allocate(backend, x.shape()) : masked;
            Tensor dgamma = Tensor.allocate(backend, gamma.shape());
            Tensor dbeta = Tensor.allocate(backend, beta.shape());
            backend.batchNormEvalBackward(shape, eps, x.value().storage(), gamma.value().storage(),
                    runningMean.storage(), runningVar.storage(), masked.storage(), dx.storage(), dgamma.storage(),
                    dbeta.storage());
            if (toResidual) {
                gradients.add(residual, masked);
            }
            gradients.addNeeded(x, dx);
            gradients.addNeeded(gamma, dgamma);
            gradients.addNeeded(beta, dbeta);
        }, x, gamma, beta, residual);
    }
}
