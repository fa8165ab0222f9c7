package dev.cprfl.model.data;

/**
 * A picture of 8-bit RGB pixels: {@code rgb[(y * width + x) * 3 + channel]}, channel 0 is red. The array is shared, not
 * copied; operations return new images and leave their arguments alone unless they say otherwise.
 */
@SuppressWarnings("ArrayRecordComponent") // pixels are read in inner loops; images are never compared or used as keys
public record Image(int width, int height, byte[] rgb) {

    /** @throws IllegalArgumentException if a side is below one or the array has another length than width * height * 3 */
    public Image {
        if (width < 1 || height < 1 || (long) width * height * 3 != rgb.length) {
            throw new IllegalArgumentException(rgb.length + " bytes are not a " + width + " x " + height + " image");
        }
    }

    /** A black image. */
    public static Image blank(int width, int height) {
        return new Image(width, height, new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)]);
    }

    /** A channel's value, 0 to 255. */
    public int at(int x, int y, int channel) {
        return rgb[(y * width + x) * 3 + channel] & 0xFF;
    }

    public Image copy() {
        return new Image(width, height, rgb.clone());
    }
}
