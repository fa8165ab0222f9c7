package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Orientation, damaged files, hostile files. The pixels themselves are the golden test's matter. */
class ImageReaderTest {

    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    @TempDir
    Path folder;

    @ParameterizedTest(name = "orientation {0}")
    @CsvSource({"1, abc/def", "2, cba/fed", "3, fed/cba", "4, def/abc", "5, ad/be/cf", "6, da/eb/fc", "7, fc/eb/da",
        "8, cf/be/ad", "0, abc/def", "9, abc/def"})
    void turnsPicturesUpright(int orientation, String upright) {
        for (ByteOrder order : new ByteOrder[]{ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            byte[] png = greyPng(3, "abcdef", exif(orientation, order));
            assertThat(letters(new ImageReader(true).decode(png, "test"))).isEqualTo(upright);
            assertThat(letters(new ImageReader(false).decode(png, "test"))).isEqualTo("abc/def");
        }
    }

    @Test
    void readsTheOrientationOfJpegFiles() {
        byte[] jpeg = GoldenCases.resource("preproc/small_444.jpg");
        ByteArrayOutputStream turned = new ByteArrayOutputStream();
        turned.write(jpeg, 0, 2);
        byte[] exif = exif(6, ByteOrder.LITTLE_ENDIAN);
        turned.writeBytes(new byte[]{(byte) 0xFF, (byte) 0xE1, 0, (byte) (exif.length + 8), 'E', 'x', 'i', 'f', 0, 0});
        turned.writeBytes(exif);
        turned.write(jpeg, 2, jpeg.length - 2);

        Image stored = new ImageReader(false).decode(turned.toByteArray(), "test");
        Image upright = new ImageReader(true).decode(turned.toByteArray(), "test");
        assertThat(stored.rgb()).isEqualTo(new ImageReader(true).decode(jpeg, "test").rgb());
        assertThat(upright.width()).isEqualTo(stored.height());
        assertThat(upright.height()).isEqualTo(stored.width());
        for (int c = 0; c < 3; c++) { // a quarter turn clockwise: the top left corner goes to the top right
            assertThat(upright.at(upright.width() - 1, 0, c)).isEqualTo(stored.at(0, 0, c));
            assertThat(upright.at(0, 0, c)).isEqualTo(stored.at(0, stored.height() - 1, c));
        }
    }

    @Test
    void sixteenBitsBecomeTheUpperEight() {
        Image image = new ImageReader(true).decode(GoldenCases.resource("pillow/grey_16.png"), "grey_16.png");
        for (int x = 0; x < image.width(); x++) { // stored: 4 * x * 257 + 13
            assertThat(image.at(x, 3, 0)).isEqualTo(4 * x);
            assertThat(image.at(x, 3, 2)).isEqualTo(4 * x);
        }
    }

    @Test
    void damagedExifCountsAsUpright() {
        byte[] exif = exif(3, ByteOrder.BIG_ENDIAN);
        for (int length = 0; length < exif.length - 4; length++) {
            byte[] png = greyPng(3, "abcdef", Arrays.copyOf(exif, length));
            assertThat(letters(new ImageReader(true).decode(png, "test"))).isEqualTo("abc/def");
        }
        for (int directory : new int[]{-1, 0, Integer.MAX_VALUE, Integer.MIN_VALUE, 21}) {
            byte[] lying = ByteBuffer.wrap(exif.clone()).putInt(4, directory).array();
            assertThat(letters(new ImageReader(true).decode(greyPng(3, "abcdef", lying), "test"))).isEqualTo("abc/def");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"preproc/small_420.jpg", "preproc/small_420_progressive.jpg", "preproc/small_icc.jpg",
        "preproc/px_rgb.png", "preproc/px_palette.png", "pillow/cmyk.jpg"})
    void refusesEveryTruncation(String name) {
        byte[] whole = GoldenCases.resource(name);
        for (int length = 0; length < whole.length; length += length < 700 || length > whole.length - 20 ? 1 : 37) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> new ImageReader(true).decode(cut, "cut.img"))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(UserException.class)
                    .hasMessageStartingWith("cut.img: ");
        }
    }

    @Test
    void refusesJpegWithScanlinesMissingBeforeTheEndMarker() {
        byte[] whole = GoldenCases.resource("preproc/small_444.jpg");
        byte[] cut = Arrays.copyOf(whole, whole.length - 1000);
        cut[cut.length - 2] = (byte) 0xFF;
        cut[cut.length - 1] = (byte) 0xD9;
        assertThatThrownBy(() -> new ImageReader(true).decode(cut, "short.jpg")).isInstanceOf(UserException.class)
                .hasMessageContaining("short.jpg: the image is damaged");
    }

    @Test
    void refusesPngWithScanlinesMissingBeforeTheEndChunk() {
        byte[] png = png(3, 4, 0, deflate("\0abc\0def"), new byte[0]);
        assertThatThrownBy(() -> new ImageReader(true).decode(png, "short.png")).isInstanceOf(UserException.class)
                .hasMessageStartingWith("short.png: ");
    }

    @Test
    void refusesPngWithAWrongChecksum() {
        byte[] png = GoldenCases.resource("preproc/px_rgb.png").clone();
        png[png.length / 2] ^= 1;
        assertThatThrownBy(() -> new ImageReader(true).decode(png, "flipped.png")).isInstanceOf(UserException.class)
                .hasMessageContaining("flipped.png: the PNG file is damaged (wrong checksum");
    }

    @Test
    void bytesAfterTheEndAreIgnored() {
        for (String name : new String[]{"preproc/small_420.jpg", "preproc/px_gray.png"}) {
            byte[] whole = GoldenCases.resource(name);
            byte[] longer = Arrays.copyOf(whole, whole.length + 100);
            assertThat(new ImageReader(true).decode(longer, name).rgb())
                    .isEqualTo(new ImageReader(true).decode(whole, name).rgb());
        }
    }

    /** Whatever the bytes, the answer is an image or a UserException. */
    @ParameterizedTest
    @ValueSource(strings = {"preproc/small_420.jpg", "preproc/small_420_progressive.jpg", "preproc/px_palette.png",
        "pillow/rgb.bmp", "pillow/palette.gif", "pillow/rgb.tif", "pillow/ycck.jpg"})
    void survivesFlippedBytes(String name) {
        byte[] whole = GoldenCases.resource(name);
        for (int trial = 0; trial < 300; trial++) {
            byte[] flipped = whole.clone();
            Rng rng = Rng.of(7, trial);
            for (int i = 0; i < 1 + trial % 4; i++) {
                flipped[rng.nextInt(trial % 2 == 0 ? Math.min(whole.length, 400) : whole.length)] = (byte) rng
                        .nextInt(256);
            }
            assertThatCode(() -> {
                try {
                    assertThat(new ImageReader(true).decode(flipped, name)).isNotNull();
                } catch (UserException e) {
                    assertThat(e.getMessage()).startsWith(name + ": ").doesNotContain("\n");
                }
            }).as("trial %d", trial).doesNotThrowAnyException();
        }
    }

    @Test
    void refusesMorePixelsThanAllowedBeforeTakingMemory() {
        byte[] png = png(1 << 20, 1 << 20, 0, deflate("\0"), new byte[0]);
        assertThatThrownBy(() -> new ImageReader(true).decode(png, "bomb.png")).isInstanceOf(UserException.class)
                .hasMessage("bomb.png: 1048576 x 1048576 pixels are more than the 268435456 allowed");

        byte[] jpeg = GoldenCases.resource("preproc/small_444.jpg").clone();
        ByteBuffer.wrap(jpeg).putShort(frameHeader(jpeg) + 5, (short) 65500).putShort(frameHeader(jpeg) + 7,
                (short) 65500);
        assertThatThrownBy(() -> new ImageReader(true).decode(jpeg, "bomb.jpg")).isInstanceOf(UserException.class)
                .hasMessage("bomb.jpg: 65500 x 65500 pixels are more than the 268435456 allowed");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        Path text = Files.writeString(folder.resolve("text.jpg"),
                "this is not a picture at all, only named like one\n");
        Path empty = Files.createFile(folder.resolve("empty.jpg"));
        assertMessage(folder.resolve("none.jpg"), "no such image file");
        assertMessage(folder, "is a directory, not an image");
        assertMessage(empty, "the file is empty");
        assertMessage(text, "not a JPEG, PNG, GIF, BMP or TIFF image");
    }

    private static void assertMessage(Path file, String reason) {
        assertThatThrownBy(() -> new ImageReader(true).read(file)).isInstanceOf(UserException.class)
                .hasMessage(file + ": " + reason);
    }

    private static int frameHeader(byte[] jpeg) {
        for (int i = 0;; i++) {
            if ((jpeg[i] & 0xFF) == 0xFF && (jpeg[i + 1] & 0xFF) == 0xC0) {
                return i;
            }
        }
    }

    private static String letters(Image image) {
        StringBuilder letters = new StringBuilder();
        for (int y = 0; y < image.height(); y++) {
            letters.append(y == 0 ? "" : "/");
            for (int x = 0; x < image.width(); x++) {
                letters.append((char) image.at(x, y, 1));
            }
        }
        return letters.toString();
    }

    /** A one-entry EXIF block. */
    private static byte[] exif(int orientation, ByteOrder order) {
        ByteBuffer tiff = ByteBuffer.allocate(26).order(order);
        tiff.putShort((short) (order == ByteOrder.BIG_ENDIAN ? 0x4D4D : 0x4949)).putShort((short) 42).putInt(8);
        tiff.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
        return tiff.array();
    }

    private static byte[] greyPng(int width, String pixels, byte[] exif) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < pixels.length(); i += width) {
            rows.append('\0').append(pixels, i, i + width);
        }
        return png(width, pixels.length() / width, 0, deflate(rows.toString()), exif);
    }

    private static byte[] deflate(String rows) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(rows.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] png(int width, int height, int colourType, byte[] data, byte[] exif) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(PNG_SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8).put((byte) colourType);
        chunk(out, "IHDR", header.array());
        chunk(out, "eXIf", exif);
        chunk(out, "IDAT", data);
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        ByteBuffer chunk = ByteBuffer.allocate(data.length + 12).putInt(data.length);
        chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, data.length + 4);
        out.writeBytes(chunk.putInt((int) crc.getValue()).array());
    }
}
