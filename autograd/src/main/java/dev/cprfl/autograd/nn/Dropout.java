package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Rng;

/**
 * Drops numbers with probability p in training and passes x on in evaluation. The mask follows from the seed that {@link
 * Module#seed} gave and from how often this layer has run since. PyTorch: {@code nn.Dropout}.
 */
public final class Dropout extends Layer {

    private final double p;
    private long seed;
    private int uses;

    public Dropout(double p) {
        this.p = p;
    }

    /** @param x any shape */
    @Override
    public Variable forward(Variable x) {
        return training() && p > 0 ? dev.cprfl.autograd.ops.Dropout.apply(x, p, Rng.seed(seed, uses++)) : x;
    }

    @Override
    protected void seeded(long newSeed) {
        seed = newSeed;
        uses = 0;
    }
}
