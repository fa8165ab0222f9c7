package dev.cprfl.model.data;

import dev.cprfl.model.data.EncodedImage.Inks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * Keeps the chunks of a PNG file that hold pixels (header, palette, data, end). Transparency, gamma and colour profiles go,
 * since PIL's {@code convert("RGB")} ignores them; the EXIF chunk tells the orientation. Checksums and the end are checked.
 */
final class Png {

    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;
    private static final int EXIF = 0x65584966;

    private Png() {}

    static boolean matches(byte[] bytes) {
        return bytes.length >= 8 && ByteBuffer.wrap(bytes).getLong() == SIGNATURE;
    }

    /** @throws IOException if the file stops before its end chunk or a checksum is wrong */
    static EncodedImage clean(byte[] bytes) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        out.write(bytes, 0, 8);
        int orientation = 1;
        int at = 8;
        while (true) {
            int length = at + 12 <= bytes.length ? in.getInt(at) : -1;
            if (length < 0 || length > bytes.length - at - 12) {
                throw new IOException("the PNG file is truncated (no end chunk)");
            }
            int type = in.getInt(at + 4);
            if (type == IHDR || type == PLTE || type == IDAT || type == IEND) {
                CRC32 crc = new CRC32();
                crc.update(bytes, at + 4, length + 4);
                if ((int) crc.getValue() != in.getInt(at + 8 + length)) {
                    throw new IOException("the PNG file is damaged (wrong checksum at byte " + at + ")");
                }
                out.write(bytes, at, length + 12);
            } else if (type == EXIF) {
                orientation = Exif.orientation(bytes, at + 8, at + 8 + length);
            }
            at += length + 12;
            if (type == IEND) {
                return new EncodedImage(out.toByteArray(), orientation, Inks.NONE);
            }
        }
    }
}
