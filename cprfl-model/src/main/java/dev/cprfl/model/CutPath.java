package dev.cprfl.model;

/** Which way from the loss to the prompts is closed to the gradient (E10). The forward pass stays the same. */
public enum CutPath {

    /** None: both paths are open. */
    NONE,

    /** The direct path: P is a constant in the score E8 (the authors' {@code no_cls_grad}). */
    DIRECT,

    /** The indirect path: P is a constant in the token set Z of E4. Backbone and VSI still learn. */
    INDIRECT,

    /** Everything behind P' (the authors' {@code no_feature_grad}): only the prompts learn, from the score alone. */
    FEATURES
}
