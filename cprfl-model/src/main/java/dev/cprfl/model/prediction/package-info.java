/** Labelling pictures with a trained network. */
package dev.cprfl.model.prediction;
