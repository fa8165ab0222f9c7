package dev.cprfl.model;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.model.resnet.ResNet;

/** A network that scores every class of every image. */
public abstract sealed class Classifier extends Module permits Cprfl, LinearClassifier {

    /**
     * @param images [B, H, W, 3], normalised
     * @return [B, c]; the probability of a class is the sigmoid of its logit
     */
    public abstract Variable logits(Variable images);

    /** What {@link #logits} does with the backbone's last feature map: [B, h, w, d0] to [B, c]. */
    public abstract Variable logitsOf(Variable map);

    public abstract ResNet backbone();

    /** c. */
    public abstract int classes();

    /**
     * Computes ahead what depends on the weights only; forward passes without a tape then reuse it. Switches to evaluation. To
     * be called again after the weights have changed; switching to training undoes it.
     */
    public abstract void prepareInference();
}
