package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.RowShape;

/** Batch normalisation: every column of x on its own. */
final class ReferenceBatchNorm {

    private ReferenceBatchNorm() {}

    static void train(RowShape shape, double momentum, double eps, ReferenceStorage x, ReferenceStorage gamma,
            ReferenceStorage beta, ReferenceStorage runningMean, ReferenceStorage runningVar, ReferenceStorage y,
            ReferenceStorage mean, ReferenceStorage invStd) {
        int rows = Checks.atLeast(2, shape.rows(), "rows of a batch to normalise");
        int columns = shape.columns();
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            for (int r = 0; r < rows; r++) {
                sum += x.get(r * columns + c);
            }
            double batchMean = sum / rows;
            double squares = 0;
            for (int r = 0; r < rows; r++) {
                double centred = x.get(r * columns + c) - batchMean;
                squares += centred * centred;
            }
            double batchInvStd = 1 / Math.sqrt(squares / rows + eps);
            for (int r = 0; r < rows; r++) {
                double xhat = (x.get(r * columns + c) - batchMean) * batchInvStd;
                y.set(r * columns + c, gamma.get(c) * xhat + beta.get(c));
            }
            mean.set(c, batchMean);
            invStd.set(c, batchInvStd);
            runningMean.set(c, (1 - momentum) * runningMean.get(c) + momentum * batchMean);
            runningVar.set(c, (1 - momentum) * runningVar.get(c) + momentum * squares / (rows - 1));
        }
    }

    static void trainBackward(RowShape shape, ReferenceStorage x, ReferenceStorage gamma, ReferenceStorage mean,
            ReferenceStorage invStd, ReferenceStorage dy, ReferenceStorage dx, ReferenceStorage dgamma,
            ReferenceStorage dbeta) {
        int rows = shape.rows();
        int columns = shape.columns();
        for (int c = 0; c < columns; c++) {
            double sumDy = 0;
            double sumDyXhat = 0;
            for (int r = 0; r < rows; r++) {
                double xhat = (x.get(r * columns + c) - mean.get(c)) * invStd.get(c);
                sumDy += dy.get(r * columns + c);
                sumDyXhat += dy.get(r * columns + c) * xhat;
            }
            for (int r = 0; r < rows; r++) {
                double xhat = (x.get(r * columns + c) - mean.get(c)) * invStd.get(c);
                double centred = dy.get(r * columns + c) - sumDy / rows - xhat * sumDyXhat / rows;
                dx.set(r * columns + c, gamma.get(c) * invStd.get(c) * centred);
            }
            dgamma.set(c, sumDyXhat);
            dbeta.set(c, sumDy);
        }
    }

    static void trainRelu(RowShape shape, double momentum, double eps, ReferenceStorage x, ReferenceStorage gamma,
            ReferenceStorage beta, ReferenceStorage runningMean, ReferenceStorage runningVar, ReferenceStorage residual,
            ReferenceStorage y, ReferenceStorage mean, ReferenceStorage invStd) {
        train(shape, momentum, eps, x, gamma, beta, runningMean, runningVar, y, mean, invStd);
        for (int i = 0; i < shape.length(); i++) {
            double sum = y.get(i) + (residual == null ? 0 : residual.get(i));
            y.set(i, sum < 0 ? 0 : sum);
        }
    }

    static void trainReluBackward(RowShape shape, ReferenceStorage x, ReferenceStorage gamma, ReferenceStorage mean,
            ReferenceStorage invStd, ReferenceStorage y, ReferenceStorage dy, ReferenceStorage dx,
            ReferenceStorage dresidual, ReferenceStorage dgamma, ReferenceStorage dbeta) {
        ReferenceStorage masked = dresidual == null ? dx : dresidual;
        for (int i = 0; i < shape.length(); i++) {
            masked.set(i, y.get(i) <= 0 ? 0 : dy.get(i));
        }
        trainBackward(shape, x, gamma, mean, invStd, masked, dx, dgamma, dbeta);
    }

    static void eval(RowShape shape, double eps, ReferenceStorage x, ReferenceStorage gamma, ReferenceStorage beta,
            ReferenceStorage runningMean, ReferenceStorage runningVar, ReferenceStorage y) {
        int columns = shape.columns();
        for (int i = 0; i < shape.length(); i++) {
            int c = i % columns;
            double xhat = (x.get(i) - runningMean.get(c)) / Math.sqrt(runningVar.get(c) + eps);
            y.set(i, gamma.get(c) * xhat + beta.get(c));
        }
    }

    static void evalBackward(RowShape shape, double eps, ReferenceStorage x, ReferenceStorage gamma,
            ReferenceStorage runningMean, ReferenceStorage runningVar, ReferenceStorage dy, ReferenceStorage dx,
            ReferenceStorage dgamma, ReferenceStorage dbeta) {
        int columns = shape.columns();
        for (int c = 0; c < columns; c++) {
            double invStd = 1 / Math.sqrt(runningVar.get(c) + eps);
            double sumDy = 0;
            double sumDyXhat = 0;
            for (int r = 0; r < shape.rows(); r++) {
                int i = r * columns + c;
                sumDy += dy.get(i);
                sumDyXhat += dy.get(i) * (x.get(i) - runningMean.get(c)) * invStd;
                dx.set(i, dy.get(i) * gamma.get(c) * invStd);
            }
            dgamma.set(c, sumDyXhat);
            dbeta.set(c, sumDy);
        }
    }
}
