package dev.cprfl.kernels;

/** Elementwise functions of one argument, each with the derivative its backward pass uses. */
public enum UnaryOp {
    /** max(x, 0); the derivative at 0 is 0. NaN stays NaN. */
    RELU,
    /** 1 / (1 + exp(-x)); derivative y (1 - y). */
    SIGMOID,
    /** tanh(x); derivative 1 - y^2. */
    TANH,
    /** exp(x); derivative y. */
    EXP,
    /** ln(x); derivative 1 / x. */
    LOG,
    /** x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2, the exact form; derivative Phi(x) + x phi(x). */
    GELU,
    /** x sigmoid(1.702 x), as in OpenAI's CLIP; derivative s (1 + 1.702 x (1 - s)), s = sigmoid(1.702 x). */
    QUICK_GELU
}
