package dev.cprfl.model.data;

import dev.cprfl.tensor.Rng;

/**
 * Swaps left and right at random (torchvision's RandomHorizontalFlip).
 *
 * @param probability of a swap, 0 to 1
 */
public record HorizontalFlip(double probability) implements Augmentation {

    @Override
    public Image apply(Image image, Rng rng) {
        return rng.nextDouble() < probability ? flip(image) : image;
    }

    static Image flip(Image image) {
        byte[] from = image.rgb();
        byte[] to = new byte[from.length];
        int last = image.width() - 1;
        for (int y = 0; y < image.height(); y++) {
            int row = y * image.width();
            for (int x = 0; x <= last; x++) {
                System.arraycopy(from, (row + x) * 3, to, (row + last - x) * 3, 3);
            }
        }
        return new Image(image.width(), image.height(), to);
    }
}
