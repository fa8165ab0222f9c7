/**
 * The method. Reading order: {@link dev.cprfl.model.Cprfl} ties the parts together (E1, E8, E10),
 * {@link dev.cprfl.model.PromptInitializer} makes the prompts (E3), {@link dev.cprfl.model.VisualSemanticInteraction} and its
 * {@link dev.cprfl.model.EncoderLayer} refine them (E4 to E7), {@link dev.cprfl.model.loss.AsymmetricLoss} judges the scores
 * (E9).
 *
 * <p>Letters: B batch, c classes, v = h w visual tokens, d0 backbone channels, d joint width, m text width, t hidden width of the
 * prompt initialiser, H heads of width e.
 */
package dev.cprfl.model;
