package dev.cprfl.model.data;

import dev.cprfl.model.data.EncodedImage.Inks;
import dev.cprfl.tensor.UserException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads pictures with the JDK's decoders so that the pixels equal PIL's {@code Image.open(file).convert("RGB")}: colour
 * profiles and gamma are not applied, grey is copied to three channels, alpha is dropped, a palette is looked up, CMYK is
 * taken as Adobe's inverted CMYK. One difference: 16-bit grey keeps its upper 8 bits, where PIL clips nearly all of it to
 * white. JPEG, PNG, GIF, BMP and TIFF are read.
 *
 * @param upright whether a picture is turned as its EXIF orientation says; the authors' code does not turn
 */
public record ImageReader(boolean upright) {

    /** More pixels are refused before any memory is taken for them: 805 MB of RGB. */
    static final long MAX_PIXELS = 1L << 28;

    /**
     * @throws UserException naming the file and the reason if it cannot be read, is not a picture, is damaged or truncated,
     *     or has more than 2^28 pixels
     */
    public Image read(Path file) {
        return decode(readBytes(file), file.toString());
    }

    /** @throws UserException naming the file if it cannot be read */
    static byte[] readBytes(Path file) {
        if (Files.isDirectory(file)) {
            throw new UserException(file + ": is a directory, not an image");
        }
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new UserException(file + ": no such image file", e);
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Decodes a file's bytes.
     *
     * @param name what error messages call the image
     * @throws UserException as {@link #read} does
     */
    public Image decode(byte[] bytes, String name) {
        try {
            EncodedImage encoded = clean(bytes);
            Image image = decode(encoded);
            return upright ? Exif.upright(image, encoded.orientation()) : image;
        } catch (IOException e) {
            throw new UserException(name + ": " + e.getMessage(), e);
        } catch (RuntimeException e) { // the JDK's decoders answer hostile bytes with all kinds of these
            throw new UserException(name + ": the image is damaged (" + e + ")", e);
        } catch (OutOfMemoryError e) {
            throw new UserException(name + ": the decoded image does not fit into the Java heap; raise -Xmx", e);
        }
    }

    private static EncodedImage clean(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            throw new IOException("the file is empty");
        }
        if (Jpeg.matches(bytes)) {
            return Jpeg.clean(bytes);
        }
        return Png.matches(bytes) ? Png.clean(bytes) : new EncodedImage(bytes, 1, Inks.NONE);
    }

    private static Image decode(EncodedImage encoded) throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded.bytes()))) {
            Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IOException("not a JPEG, PNG, GIF, BMP or TIFF image");
            }
            javax.imageio.ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                return decode(reader, encoded.inks());
            } finally {
                reader.dispose();
            }
        }
    }

    private static Image decode(javax.imageio.ImageReader reader, Inks inks) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if ((long) width * height > MAX_PIXELS) {
            throw new IOException(width + " x " + height + " pixels are more than the " + MAX_PIXELS + " allowed");
        }
        StringBuilder damage = new StringBuilder();
        reader.addIIOReadWarningListener((source, warning) -> {
            if (isDamage(warning)) {
                damage.append(warning);
            }
        });
        Image image = inks == Inks.NONE
                ? DecodedPixels.toRgb(reader.read(0))
                : DecodedPixels.toRgb(reader.readRaster(0, null), inks == Inks.YCCK);
        if (!damage.isEmpty()) {
            throw new IOException("the image is damaged (" + damage + ")");
        }
        return image;
    }

    /** libjpeg's warnings that mean missing pixels; it also warns of harmless extra bytes. */
    private static boolean isDamage(String warning) {
        return warning.contains("remature end") || warning.contains("bad Huffman code");
    }
}
