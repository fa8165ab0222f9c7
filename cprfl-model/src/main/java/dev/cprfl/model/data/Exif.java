package dev.cprfl.model.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one EXIF tag that changes how a picture looks: orientation (EXIF 2.32, tag 0x0112). */
final class Exif {

    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;

    private Exif() {}

    /**
     * The orientation in a TIFF block, 1 to 8. Anything damaged counts as upright: other readers show such files too.
     *
     * @param from first byte of the TIFF header
     * @param to end of the block, exclusive
     */
    static int orientation(byte[] bytes, int from, int to) {
        if (to - from < 8) {
            return 1;
        }
        ByteBuffer tiff = ByteBuffer.wrap(bytes, from, to - from).slice();
        switch (tiff.getShort(0)) {
            case 0x4949 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
            case 0x4D4D -> tiff.order(ByteOrder.BIG_ENDIAN);
            default -> {
                return 1;
            }
        }
        int directory = tiff.getInt(4);
        if (tiff.getShort(2) != 42 || directory < 8 || directory > tiff.limit() - 2) {
            return 1;
        }
        int entries = Math.min(tiff.getShort(directory) & 0xFFFF, (tiff.limit() - directory - 2) / ENTRY_BYTES);
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + i * ENTRY_BYTES;
            if ((tiff.getShort(entry) & 0xFFFF) == ORIENTATION && tiff.getShort(entry + 2) == SHORT) {
                int value = tiff.getShort(entry + 8);
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
        return 1;
    }

    /** Turns a stored image upright. */
    static Image upright(Image image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        boolean sideways = orientation >= 5;
        int width = sideways ? image.height() : image.width();
        int height = sideways ? image.width() : image.height();
        Image turned = Image.blank(width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int right = width - 1 - x;
                int bottom = height - 1 - y;
                int from = switch (orientation) {
                    case 2 -> pixel(image, right, y);
                    case 3 -> pixel(image, right, bottom);
                    case 4 -> pixel(image, x, bottom);
                    case 5 -> pixel(image, y, x);
                    case 6 -> pixel(image, y, right);
                    case 7 -> pixel(image, bottom, right);
                    case 8 -> pixel(image, bottom, x);
                    default -> throw new IllegalArgumentException("orientation " + orientation);
                };
                System.arraycopy(image.rgb(), from, turned.rgb(), (y * width + x) * 3, 3);
            }
        }
        return turned;
    }

    private static int pixel(Image image, int x, int y) {
        return (y * image.width() + x) * 3;
    }
}
