/** Losses for images with several labels. */
package dev.cprfl.model.loss;
