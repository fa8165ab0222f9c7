package dev.cprfl.model.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * From the JDK's rasters to 8-bit RGB, by PIL's rules. {@code BufferedImage.getRGB} is the last resort only: it applies
 * gamma to grey pictures.
 */
final class DecodedPixels {

    private DecodedPixels() {}

    static Image toRgb(BufferedImage decoded) {
        int width = decoded.getWidth();
        Raster raster = decoded.getRaster();
        if (decoded.getType() == BufferedImage.TYPE_3BYTE_BGR
                && raster.getDataBuffer() instanceof DataBufferByte data) {
            return new Image(width, decoded.getHeight(), swapRedAndBlueInPlace(data.getData()));
        }
        ColorModel colours = decoded.getColorModel();
        Image image = Image.blank(width, decoded.getHeight());
        int[] row = new int[width * Math.max(raster.getNumBands(), 1)];
        for (int y = 0; y < image.height(); y++) {
            int to = y * width * 3;
            if (colours instanceof IndexColorModel palette) {
                raster.getPixels(0, y, width, 1, row);
                lookUp(palette, row, image.rgb(), to, width);
            } else if (hasPlainBands(colours)) {
                raster.getPixels(0, y, width, 1, row);
                copyBands(row, raster.getNumBands(), colours.getComponentSize(0) - 8, image.rgb(), to, width);
            } else {
                decoded.getRGB(0, y, width, 1, row, 0, width);
                unpack(row, image.rgb(), to, width);
            }
        }
        return image;
    }

    /**
     * Ink to light as PIL does it: the stored numbers are Adobe's, inverted, so K is already the light that black lets
     * through. YCCK holds the other three as luma and chroma.
     */
    static Image toRgb(Raster inks, boolean lumaChroma) {
        int width = inks.getWidth();
        Image image = Image.blank(width, inks.getHeight());
        byte[] rgb = image.rgb();
        int[] row = new int[width * 4];
        for (int y = 0; y < image.height(); y++) {
            inks.getPixels(0, y, width, 1, row);
            for (int x = 0, to = y * width * 3; x < width; x++, to += 3) {
                int k = row[4 * x + 3];
                if (lumaChroma) {
                    toInks(row, 4 * x);
                }
                for (int c = 0; c < 3; c++) {
                    rgb[to + c] = (byte) (k - multiply(255 - row[4 * x + c], k));
                }
            }
        }
        return image;
    }

    /** Y, Cb, Cr to C, M, Y with libjpeg's 16-bit fixed point (jdcolor.c, ycck_cmyk_convert). */
    private static void toInks(int[] row, int at) {
        int luma = row[at];
        int cb = row[at + 1] - 128;
        int cr = row[at + 2] - 128;
        row[at] = clamp(255 - (luma + ((91881 * cr + 32768) >> 16)));
        row[at + 1] = clamp(255 - (luma + ((-22554 * cb + 32768 - 46802 * cr) >> 16)));
        row[at + 2] = clamp(255 - (luma + ((116130 * cb + 32768) >> 16)));
    }

    /** a * b / 255, rounded. */
    private static int multiply(int a, int b) {
        int product = a * b + 128;
        return ((product >> 8) + product) >> 8;
    }

    private static int clamp(int value) {
        return Math.clamp(value, 0, 255);
    }

    private static byte[] swapRedAndBlueInPlace(byte[] pixels) {
        for (int i = 0; i < pixels.length; i += 3) {
            byte blue = pixels[i];
            pixels[i] = pixels[i + 2];
            pixels[i + 2] = blue;
        }
        return pixels;
    }

    /** Grey or RGB in integers of 8 or 16 bits, with or without alpha. */
    private static boolean hasPlainBands(ColorModel colours) {
        int space = colours.getColorSpace().getType();
        int bits = switch (colours.getTransferType()) {
            case DataBuffer.TYPE_BYTE -> 8;
            case DataBuffer.TYPE_USHORT -> 16;
            default -> 0;
        };
        return colours instanceof ComponentColorModel
                && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB)
                && colours.getComponentSize(0) == bits;
    }

    private static void copyBands(int[] row, int bands, int shift, byte[] rgb, int to, int width) {
        int green = bands >= 3 ? 1 : 0;
        int blue = bands >= 3 ? 2 : 0;
        for (int x = 0; x < width; x++) {
            rgb[to + 3 * x] = (byte) (row[x * bands] >> shift);
            rgb[to + 3 * x + 1] = (byte) (row[x * bands + green] >> shift);
            rgb[to + 3 * x + 2] = (byte) (row[x * bands + blue] >> shift);
        }
    }

    private static void lookUp(IndexColorModel palette, int[] row, byte[] rgb, int to, int width) {
        for (int x = 0; x < width; x++) {
            if (row[x] < palette.getMapSize()) { // an index beyond the palette stays black
                rgb[to + 3 * x] = (byte) palette.getRed(row[x]);
                rgb[to + 3 * x + 1] = (byte) palette.getGreen(row[x]);
                rgb[to + 3 * x + 2] = (byte) palette.getBlue(row[x]);
            }
        }
    }

    private static void unpack(int[] row, byte[] rgb, int to, int width) {
        for (int x = 0; x < width; x++) {
            rgb[to + 3 * x] = (byte) (row[x] >> 16);
            rgb[to + 3 * x + 1] = (byte) (row[x] >> 8);
            rgb[to + 3 * x + 2] = (byte) row[x];
        }
    }
}
