package dev.cprfl.model.loss;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.BceWithLogits;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Log;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;

/**
 * Binary cross-entropy U of each class, weighted by w and focused on what is still wrong:
 *
 * <p>L = scale mean(balance (1-p)^gamma w U), U = -log p, p = sigmoid(z) where y = 1, sigmoid(-z) where y = 0.
 *
 * <p>Without {@link NegativeTolerance} z is the logit x; with it z = x + nu where y = 1, z = lambda (x + nu) where y = 0, and w
 * of a negative is divided by lambda (if there are weights: without, the authors' code leaves the lambda in). The gradient,
 * with sigma = dz/dx: dL/dx = scale balance w sigma (sigmoid(z) - y) ((1-p)^gamma + gamma (1-p)^(gamma-1) p U), divided by B c.
 * In the form {@link Focus#BATCH} the factor (1-p)^gamma is that of the mean, f = (1 - exp(-mean U))^gamma, and both mean(U)
 * in it and mean(w U) beside it are differentiated.
 *
 * <p>By its settings this is the focal loss (Lin et al., ICCV 2017, equation 4, balance 1), with
 * {@link ClassBalancedWeights} the class-balanced focal loss (Cui et al., CVPR 2019), with {@link RebalancedWeights} and a
 * {@link NegativeTolerance} the distribution-balanced loss with focus (Wu et al., ECCV 2020) and, for gamma 0, without.
 *
 * @param gamma focusing exponent; 0 leaves the factor out
 * @param balance factor of the focused loss; not used where gamma is 0
 * @param weights w, or null for 1
 * @param tolerance null for none
 * @param scale factor of the whole
 */
public record FocalLoss(double gamma, double balance, Focus focus, LabelWeights weights, NegativeTolerance tolerance,
        double scale, Reduction reduction) implements Loss {

    /** What the focusing factor belongs to. */
    public enum Focus {
        /** Each class of each image, as published. */
        ELEMENT,
        /** The batch: in CPRFL's code the cross-entropy is a mean before the factor is made of it. */
        BATCH
    }

    /** Keeps the logarithm of a factor of zero finite. */
    private static final double SMALLEST = 1e-30;

    /** @param targets [B, c], each exactly 0 or 1 */
    @Override
    public Variable apply(Variable logits, Tensor targets) {
        double[] y = targets.toDoubles();
        Variable z = tolerance == null ? logits : tolerated(logits, y);
        Variable losses = BceWithLogits.apply(z, targets);
        Variable weighted = weights == null
                ? losses
                : Multiply.apply(losses, constant(logits, logits.shape(), weights(y)));
        if (gamma == 0) {
            return Scale.apply(reduction.apply(weighted), scale);
        }
        if (focus == Focus.BATCH) {
            Variable factor = powerOfComplement(MeanAll.apply(losses));
            return Scale.apply(Multiply.apply(factor, reduction.apply(weighted)), scale * balance);
        }
        // log(1 - p) is minus the cross-entropy with the opposite label: no digit is lost where p is near 1.
        double[] opposite = Arrays.stream(y).map(label -> 1 - label).toArray();
        Variable factor = Exp.apply(
                Scale.apply(BceWithLogits.apply(z, Tensor.of(z.backend(), targets.shape(), opposite)), -gamma));
        return Scale.apply(reduction.apply(Multiply.apply(factor, weighted)), scale * balance);
    }

    private double[] weights(double[] y) {
        double[] w = weights.of(y);
        for (int i = 0; i < w.length && tolerance != null; i++) {
            w[i] *= y[i] + (1 - y[i]) / tolerance.scale();
        }
        return w;
    }

    /** z. */
    private Variable tolerated(Variable logits, double[] y) {
        double[] slope = Arrays.stream(y).map(label -> label + (1 - label) * tolerance.scale()).toArray();
        double[] bias = tolerance.bias();
        Variable shifted = Add.apply(logits, constant(logits, Shape.of(bias.length), bias));
        return Multiply.apply(shifted, constant(logits, logits.shape(), slope));
    }

    /** (1 - exp(-x))^gamma of a number. */
    private Variable powerOfComplement(Variable x) {
        Variable p = Exp.apply(Scale.apply(x, -1));
        Variable complement = Add.apply(Add.apply(Scale.apply(p, -1), number(x, 1)), number(x, SMALLEST));
        return Exp.apply(Scale.apply(Log.apply(complement), gamma));
    }

    private static Variable constant(Variable like, Shape shape, double[] values) {
        return Variable.constant(Tensor.of(like.backend(), shape, values));
    }

    private static Variable number(Variable like, double value) {
        return constant(like, Shape.of(), new double[]{value});
    }
}
