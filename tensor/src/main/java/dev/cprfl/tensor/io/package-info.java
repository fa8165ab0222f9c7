/**
 * Tensors in files: safetensors, PyTorch, TorchScript, npy and npz; {@link dev.cprfl.tensor.io.WeightFile} opens any of them.
 * Everything read is checked before it is believed.
 */
package dev.cprfl.tensor.io;
