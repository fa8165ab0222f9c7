package dev.cprfl.model;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.tensor.Tensor;

/**
 * One forward and backward pass with everything on the way kept: for audits and for comparing with another implementation.
 * An optimizer may take its step from the gradients.
 *
 * @param output the intermediates; their gradients are among the gradients
 * @param loss a scalar
 * @param gradients of every parameter and of every variable of the output; none where no path leads
 */
public record TracedStep(CprflOutput output, Variable loss, Gradients gradients) {

    /**
     * @param images [B, H, W, 3], normalised
     * @param targets [B, c]
     */
    public static TracedStep run(Cprfl model, Tensor images, Tensor targets, Loss loss) {
        try (Tape tape = Tape.start()) {
            CprflOutput output = model.forward(Variable.constant(images));
            // The backward pass frees the attention.
            CprflOutput kept = new CprflOutput(output.backbone(), output.tokens(), output.prompts(),
                    output.directPrompts(), output.indirectPrompts(), output.refined(), output.logits(),
                    output.attention().copy());
            tape.retain(kept.backbone());
            tape.retain(kept.tokens());
            tape.retain(kept.prompts());
            tape.retain(kept.directPrompts());
            tape.retain(kept.indirectPrompts());
            tape.retain(kept.refined());
            tape.retain(kept.logits());
            Variable value = loss.apply(kept.logits(), targets);
            return new TracedStep(kept, value, tape.backward(value));
        }
    }

    /** dL/dP on the direct path of E10, [c, d]; null where {@link CutPath#DIRECT} closes it. */
    public Tensor directPromptGradient() {
        return gradients.get(output.directPrompts());
    }

    /** dL/dP on the indirect path of E10, [c, d]; null where {@link CutPath#INDIRECT} or {@link CutPath#FEATURES} closes it. */
    public Tensor indirectPromptGradient() {
        return gradients.get(output.indirectPrompts());
    }
}
