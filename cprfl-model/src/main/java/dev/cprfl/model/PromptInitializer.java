package dev.cprfl.model;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.ops.Gelu;

/**
 * The prompt initialiser (PI): turns the semantics of the classes into prompts in the space of the visual tokens.
 * Implements E3. P = GELU(W W1 + b1) W2 + b2, with the exact (erf) GELU; for comparison also without the hidden layer.
 */
public final class PromptInitializer extends Module {

    private final Linear hidden;
    private final Linear output;

    /**
     * @param textDim m
     * @param hiddenDim t, or 0 for no hidden layer: P = W W2 + b2
     * @param jointDim d
     */
    public PromptInitializer(Initializer initializer, int textDim, int hiddenDim, int jointDim) {
        hidden = hiddenDim == 0 ? null : child("hidden", new Linear(initializer, textDim, hiddenDim));
        output = child("output", new Linear(initializer, hiddenDim == 0 ? textDim : hiddenDim, jointDim));
    }

    /**
     * @param text W: [c, m]
     * @return P: [c, d]
     */
    public Variable forward(Variable text) {
        if (hidden == null) {
            return output.forward(text);
        }
        Variable projected = hidden.forward(text);
        Variable activated = Gelu.apply(projected);
        Variable prompts = output.forward(activated);
        Tape.forget(projected, activated);
        return prompts;
    }
}
