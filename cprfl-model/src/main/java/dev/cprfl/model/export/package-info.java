/** Trained networks as files for other programs. */
package dev.cprfl.model.export;
