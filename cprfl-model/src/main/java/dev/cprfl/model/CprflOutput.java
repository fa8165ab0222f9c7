package dev.cprfl.model;

import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/**
 * Everything of interest on the way from images to logits. The prompts stand here three times with the same numbers: once as
 * they come from the prompt initialiser and once for each of their two uses, so that the gradient of each path of E10 can be
 * read off.
 *
 * @param backbone f: [B, h, w, d0]
 * @param tokens F: [B, v, d]
 * @param prompts P: [c, d]
 * @param directPrompts P as the score uses it (E8)
 * @param indirectPrompts P as the VSI uses it (E4)
 * @param refined P': [B, c, d]
 * @param logits [B, c]
 * @param attention alpha of the prompts in the last encoder layer: [B, H, c, v+c]. Under a tape it belongs to the backward
 *     pass, which frees it
 */
public record CprflOutput(Variable backbone, Variable tokens, Variable prompts, Variable directPrompts,
        Variable indirectPrompts, Variable refined, Variable logits, Tensor attention) {}
