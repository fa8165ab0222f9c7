package dev.cprfl.model.data;

import dev.cprfl.tensor.Rng;

/**
 * Covers a rectangle about a random point with a random colour, on every image (DeVries and Taylor 2017, as the authors do
 * it on PIL images).
 *
 * @param factor length of a side as a part of the image's; the rectangle is clipped at the border
 */
public record Cutout(double factor) implements Augmentation {

    /** A rectangle of pixels, both ends included, clipped to the image when it is painted. */
    record Box(int left, int top, int right, int bottom) {

        /** @param part length of a side as a part of the image's */
        static Box around(int x, int y, int width, int height, double part) {
            int halfWidth = (int) (part * width + 0.5) / 2;
            int halfHeight = (int) (part * height + 0.5) / 2;
            return new Box(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight);
        }
    }

    @Override
    public Image apply(Image image, Rng rng) {
        int y = rng.nextInt(image.height());
        int x = rng.nextInt(image.width());
        int rgb = rng.nextInt(1 << 24);
        return paint(image, Box.around(x, y, image.width(), image.height(), factor), rgb);
    }

    /** @param rgb colour as 0xRRGGBB */
    static Image paint(Image image, Box box, int rgb) {
        Image painted = image.copy();
        for (int y = Math.max(box.top, 0); y <= Math.min(box.bottom, image.height() - 1); y++) {
            for (int x = Math.max(box.left, 0); x <= Math.min(box.right, image.width() - 1); x++) {
                int at = (y * image.width() + x) * 3;
                painted.rgb()[at] = (byte) (rgb >> 16);
                painted.rgb()[at + 1] = (byte) (rgb >> 8);
                painted.rgb()[at + 2] = (byte) rgb;
            }
        }
        return painted;
    }
}
