package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.RowShape;

/** Layer normalisation: every row of x on its own. */
final class ReferenceLayerNorm {

    private ReferenceLayerNorm() {}

    static void layerNorm(RowShape shape, double eps, ReferenceStorage x, ReferenceStorage gamma,
            ReferenceStorage beta, ReferenceStorage y, ReferenceStorage mean, ReferenceStorage invStd) {
        int columns = shape.columns();
        for (int r = 0; r < shape.rows(); r++) {
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                sum += x.get(r * columns + c);
            }
            double rowMean = sum / columns;
            double squares = 0;
            for (int c = 0; c < columns; c++) {
                double centred = x.get(r * columns + c) - rowMean;
                squares += centred * centred;
            }
            double rowInvStd = 1 / Math.sqrt(squares / columns + eps);
            for (int c = 0; c < columns; c++) {
                double xhat = (x.get(r * columns + c) - rowMean) * rowInvStd;
                y.set(r * columns + c, gamma.get(c) * xhat + beta.get(c));
            }
            mean.set(r, rowMean);
            invStd.set(r, rowInvStd);
        }
    }

    static void layerNormBackward(RowShape shape, ReferenceStorage x, ReferenceStorage gamma, ReferenceStorage mean,
            ReferenceStorage invStd, ReferenceStorage dy, ReferenceStorage dx, ReferenceStorage dgamma,
            ReferenceStorage dbeta) {
        int columns = shape.columns();
        for (int c = 0; c < columns; c++) {
            dgamma.set(c, 0);
            dbeta.set(c, 0);
        }
        for (int r = 0; r < shape.rows(); r++) {
            double sumG = 0;
            double sumGXhat = 0;
            for (int c = 0; c < columns; c++) {
                int i = r * columns + c;
                double xhat = (x.get(i) - mean.get(r)) * invStd.get(r);
                sumG += dy.get(i) * gamma.get(c);
                sumGXhat += dy.get(i) * gamma.get(c) * xhat;
                dgamma.add(c, dy.get(i) * xhat);
                dbeta.add(c, dy.get(i));
            }
            for (int c = 0; c < columns; c++) {
                int i = r * columns + c;
                double xhat = (x.get(i) - mean.get(r)) * invStd.get(r);
                double g = dy.get(i) * gamma.get(c);
                dx.set(i, invStd.get(r) * (g - sumG / columns - xhat * sumGXhat / columns));
            }
        }
    }
}
