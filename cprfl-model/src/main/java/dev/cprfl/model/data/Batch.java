package dev.cprfl.model.data;

/**
 * Images and targets as the network takes them. The arrays have room for a full batch and are used again for later ones; the
 * last batch of an epoch may fill only the front.
 *
 * @param size number of images B
 * @param images [B, H, W, 3], normalised
 * @param targets [B, c], 0 or 1
 * @param indices [B], positions in the loader's samples
 */
@SuppressWarnings("ArrayRecordComponent") // a view of the loader's buffers, never compared
public record Batch(int size, float[] images, float[] targets, int[] indices) {}
