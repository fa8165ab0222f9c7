/** Tensors in files: safetensors and npy. Everything read is checked before it is believed. */
package dev.cprfl.tensor.io;
