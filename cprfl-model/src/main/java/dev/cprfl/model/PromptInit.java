package dev.cprfl.model;

/** Where the prompts P come from. */
public enum PromptInit {

    /** E3: a hidden layer with GELU between text embeddings and prompts. */
    MLP,

    /** P = W W2 + b2: one linear layer, without the hidden one; tau has no meaning. */
    LINEAR,

    /** P is a parameter of its own, drawn from a normal distribution and learnt; the text embeddings are not used. */
    RANDOM
}
