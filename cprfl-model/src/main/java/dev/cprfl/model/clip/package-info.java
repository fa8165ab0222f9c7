/** The text side of CLIP (Radford et al. 2021): from a class name to tokens to an embedding. */
package dev.cprfl.model.clip;
