package dev.cprfl.model.data;

import dev.cprfl.model.data.EncodedImage.Inks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Rewrites a JPEG file so that the JDK decodes it as libjpeg-turbo does: all application segments are dropped (the JDK would
 * apply an ICC profile, and guesses colour spaces by rules of its own) and one is put in that states libjpeg's choice of
 * colour space. On the way the walk over the segments finds the EXIF orientation and notices a file that stops early.
 */
final class Jpeg {

    private static final int SOI = 0xD8;
    private static final int EOI = 0xD9;
    private static final int SOS = 0xDA;
    private static final int DHT = 0xC4;
    private static final int JPG = 0xC8;
    private static final int DAC = 0xCC;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int COM = 0xFE;

    private static final String JFIF_ID = "JFIF\0";
    private static final String EXIF_ID = "Exif\0\0";
    private static final String ADOBE_ID = "Adobe";

    private static final byte[] JFIF = {(byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0,
        0};

    private final byte[] in;
    private int at = 2;

    private boolean jfif;
    private int adobeTransform = -1;
    private int orientation;
    private byte[] componentIds;

    private Jpeg(byte[] in) {
        this.in = in;
    }

    static boolean matches(byte[] bytes) {
        return bytes.length > 2 && (bytes[0] & 0xFF) == 0xFF && (bytes[1] & 0xFF) == SOI && (bytes[2] & 0xFF) == 0xFF;
    }

    /** @throws IOException if the file stops before its end marker or has no picture in it */
    static EncodedImage clean(byte[] bytes) throws IOException {
        return new Jpeg(bytes).clean();
    }

    private EncodedImage clean() throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(in.length);
        boolean scanned = false;
        for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
            if (isStandalone(marker)) {
                continue;
            }
            int segment = at;
            int end = segment + length(segment);
            read(marker, segment + 2, end);
            at = end;
            if (marker == SOS) {
                scanned = true;
                skipEntropyCodedData();
            }
            if (!(marker >= APP0 && marker <= APP0 + 15) && marker != COM) {
                kept.write(0xFF);
                kept.write(marker);
                kept.write(in, segment, at - segment);
            }
        }
        if (!scanned || componentIds == null) {
            throw new IOException("the JPEG file holds no image data");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(kept.size() + 32);
        out.write(0xFF);
        out.write(SOI);
        out.writeBytes(colourSpaceSegment());
        kept.writeTo(out);
        out.write(0xFF);
        out.write(EOI);
        return new EncodedImage(out.toByteArray(), orientation == 0 ? 1 : orientation, inks());
    }

    /** Moves past the next marker; bytes between segments and fill bytes are skipped, as libjpeg does. */
    private int nextMarker() throws IOException {
        while (true) {
            while (at < in.length && (in[at] & 0xFF) != 0xFF) {
                at++;
            }
            while (at < in.length && (in[at] & 0xFF) == 0xFF) {
                at++;
            }
            if (at >= in.length) {
                throw new IOException("the JPEG file is truncated (no end marker)");
            }
            int marker = in[at++] & 0xFF;
            if (marker != 0) {
                return marker;
            }
        }
    }

    private static boolean isStandalone(int marker) {
        return marker == 0x01 || (marker >= 0xD0 && marker <= SOI);
    }

    private int length(int segment) throws IOException {
        int length = segment + 2 <= in.length ? ((in[segment] & 0xFF) << 8) | (in[segment + 1] & 0xFF) : 0;
        if (length < 2 || segment + length > in.length) {
            throw new IOException("the JPEG file is truncated (segment at byte " + segment + ")");
        }
        return length;
    }

    /** Remembers what a segment says about colour and orientation. */
    private void read(int marker, int from, int end) throws IOException {
        if (marker == APP0 && end - from >= 14 && startsWith(from, JFIF_ID)) {
            jfif = true;
        } else if (marker == APP14 && end - from >= 12 && startsWith(from, ADOBE_ID)) {
            adobeTransform = in[from + 11] & 0xFF;
        } else if (marker == APP1 && orientation == 0 && end - from >= 6 && startsWith(from, EXIF_ID)) {
            orientation = Exif.orientation(in, from + 6, end);
        } else if (marker >= 0xC0 && marker <= 0xCF && marker != DHT && marker != JPG && marker != DAC) {
            int count = end - from >= 6 ? in[from + 5] & 0xFF : 0;
            if (end - from < 6 + 3 * count) {
                throw new IOException("the JPEG frame header is damaged");
            }
            componentIds = new byte[count];
            for (int i = 0; i < count; i++) {
                componentIds[i] = in[from + 6 + 3 * i];
            }
        }
    }

    private boolean startsWith(int from, String id) {
        for (int i = 0; i < id.length(); i++) {
            if (in[from + i] != id.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Stops at the 0xFF of the next marker that is neither a stuffed byte nor a restart. */
    private void skipEntropyCodedData() {
        while (at + 1 < in.length) {
            int next = in[at + 1] & 0xFF;
            if ((in[at] & 0xFF) == 0xFF && next != 0 && !(next >= 0xD0 && next <= 0xD7)) {
                return;
            }
            at++;
        }
        at = in.length;
    }

    /** libjpeg's rule (jdapimin.c, default_decompress_parms), written down as a segment that leaves nothing to guess. */
    private byte[] colourSpaceSegment() {
        return switch (inks()) {
            case NONE -> isRgb() ? adobe(0) : JFIF;
            case CMYK -> adobe(0);
            case YCCK -> adobe(2);
        };
    }

    private Inks inks() {
        if (componentIds.length != 4) {
            return Inks.NONE;
        }
        return adobeTransform <= 0 ? Inks.CMYK : Inks.YCCK;
    }

    private boolean isRgb() {
        if (jfif || componentIds.length != 3) {
            return false;
        }
        if (adobeTransform >= 0) {
            return adobeTransform == 0;
        }
        return componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B';
    }

    private static byte[] adobe(int transform) {
        return new byte[]{(byte) 0xFF, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0,
            (byte) transform};
    }
}
