package dev.cprfl.kernels.reference;

import static dev.cprfl.kernels.reference.ReferenceElementwise.sigmoid;

import dev.cprfl.kernels.AslShape;

/** Losses of single logits. */
final class ReferenceLosses {

    private ReferenceLosses() {}

    static void asymmetricLoss(AslShape shape, ReferenceStorage logits, ReferenceStorage targets,
            ReferenceStorage loss) {
        for (int i = 0; i < shape.length(); i++) {
            double y = targets.get(i);
            double s = sigmoid(logits.get(i));
            double sn = Math.min(1 - s + shape.clip(), 1);
            double crossEntropy = y * Math.log(Math.max(s, shape.eps()))
                    + (1 - y) * Math.log(Math.max(sn, shape.eps()));
            loss.set(i, -Math.pow(1 - y * s - (1 - y) * sn, focus(shape, y)) * crossEntropy);
        }
    }

    /**
     * What PyTorch's autograd gives for the authors' code: a clamp passes the gradient where its argument is not beyond the
     * bound (the bound itself included), and a power has no gradient where its exponent is 0. At base 0 the cross-entropy is 0
     * and so is the limit of the product; there PyTorch gives NaN for an exponent below 1, here it is 0.
     */
    static void asymmetricLossBackward(AslShape shape, ReferenceStorage logits, ReferenceStorage targets,
            ReferenceStorage dloss, ReferenceStorage dlogits) {
        for (int i = 0; i < shape.length(); i++) {
            double y = targets.get(i);
            double s = sigmoid(logits.get(i));
            double sn = Math.min(1 - s + shape.clip(), 1);
            double dsn = 1 - s + shape.clip() <= 1 ? -1 : 0; // d sn / d s

            double crossEntropy = y * Math.log(Math.max(s, shape.eps()))
                    + (1 - y) * Math.log(Math.max(sn, shape.eps()));
            double dCrossEntropy = (s >= shape.eps() ? y / s : 0) + (sn >= shape.eps() ? (1 - y) / sn * dsn : 0);

            double focus = focus(shape, y);
            double base = 1 - y * s - (1 - y) * sn;
            double w = Math.pow(base, focus);
            double dw = shape.detachFocus() || focus == 0 || base == 0
                    ? 0
                    : focus * Math.pow(base, focus - 1) * (-y - (1 - y) * dsn);

            double ds = s * (1 - s); // d s / d logit
            dlogits.set(i, -dloss.get(i) * (w * dCrossEntropy + dw * crossEntropy) * ds);
        }
    }

    /** The focusing exponent of a target. */
    private static double focus(AslShape shape, double y) {
        return y * shape.gammaPos() + (1 - y) * shape.gammaNeg();
    }

    static void bceWithLogits(ReferenceStorage logits, ReferenceStorage targets, ReferenceStorage loss) {
        for (int i = 0; i < loss.length(); i++) {
            double x = logits.get(i);
            loss.set(i, Math.max(x, 0) - x * targets.get(i) + Math.log1p(Math.exp(-Math.abs(x))));
        }
    }

    static void bceWithLogitsBackward(ReferenceStorage logits, ReferenceStorage targets, ReferenceStorage dloss,
            ReferenceStorage dlogits) {
        for (int i = 0; i < dlogits.length(); i++) {
            dlogits.set(i, dloss.get(i) * (sigmoid(logits.get(i)) - targets.get(i)));
        }
    }
}
