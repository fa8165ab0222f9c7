package dev.cprfl.model.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Encodes pictures. */
public final class ImageWriter {

    private ImageWriter() {}

    /** A PNG file. */
    public static byte[] png(Image image) {
        return encode(image, "png");
    }

    /** A JPEG file of the JDK's default quality, for photos that are only looked at. */
    public static byte[] jpeg(Image image) {
        return encode(image, "jpeg");
    }

    private static byte[] encode(Image image, String format) {
        BufferedImage pixels = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                pixels.setRGB(x, y, image.at(x, y, 0) << 16 | image.at(x, y, 1) << 8 | image.at(x, y, 2));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.setUseCache(false);
            ImageIO.write(pixels, format, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
