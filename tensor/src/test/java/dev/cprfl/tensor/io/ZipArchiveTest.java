package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

class ZipArchiveTest {

    private static final byte[] TEXT = "weights, weights, weights, weights".getBytes(StandardCharsets.UTF_8);

    private static ZipArchive open(byte[] content) {
        return new ZipArchive("x.zip", MemorySegment.ofArray(content));
    }

    private static byte[] read(byte[] archive, String name) {
        return open(archive).read(name).toArray(ValueLayout.JAVA_BYTE);
    }

    private static void refuses(byte[] archive, String reason) {
        assertThatThrownBy(() -> {
            ZipArchive opened = open(archive);
            opened.names().forEach(opened::read);
        }).isInstanceOf(UserException.class).hasMessageStartingWith("x.zip is not a valid zip file: byte ")
                .hasMessageContaining(reason);
    }

    @Test
    void readsStoredDeflatedEmptyAndZip64Entries() {
        byte[] archive = new TestZip().store("stored", TEXT).deflated("packed", TEXT).store("empty", new byte[0])
                .deflated("nothing", new byte[0])
                .entry("wide", 0, 0, TEXT, TEXT.length, TestZip.crc(TEXT), true).finish();
        assertThat(open(archive).names()).containsExactly("stored", "packed", "empty", "nothing", "wide");
        for (String name : new String[]{"stored", "packed", "wide"}) {
            assertThat(read(archive, name)).as(name).isEqualTo(TEXT);
        }
        assertThat(read(archive, "empty")).isEmpty();
        assertThat(read(archive, "nothing")).isEmpty();
    }

    @Test
    void readsWhatTheJdkWrites() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setComment("a comment behind the end record");
            zip.putNextEntry(new ZipEntry("gr\u00f6\u00dfe"));
            zip.write(TEXT);
            zip.closeEntry();
        }
        assertThat(read(bytes.toByteArray(), "gr\u00f6\u00dfe")).isEqualTo(TEXT);
    }

    @Test
    void aStoredEntryStaysInTheFile() {
        byte[] archive = new TestZip().store("a", TEXT).finish();
        MemorySegment entry = open(archive).read("a");
        archive[(int) open(archive).offset("a")] = 'W';
        assertThat(entry.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'W');
    }

    @Test
    void refusesDamage() {
        byte[] archive = new TestZip().store("a", TEXT).finish();
        byte[] flipped = archive.clone();
        flipped[(int) open(archive).offset("a")] ^= 1;
        refuses(flipped, "entry a is damaged: its CRC-32 is ");
        refuses(Arrays.copyOf(archive, archive.length - 1), "no end record");
        refuses(new TestZip().store("a", TEXT).finish(10, 0), "does not fit the file");
        refuses(new TestZip().store("a", TEXT).finish(40, 1000), "does not fit the file");
        refuses(new TestZip().store("a", TEXT).finish(47, 0), "no entry here");
    }

    @Test
    void refusesWhatItDoesNotRead() {
        refuses(new TestZip().entry("a", 1, 0, TEXT, TEXT.length, TestZip.crc(TEXT), false).finish(),
                "entry a is encrypted");
        refuses(new TestZip().entry("a", 0, 12, TEXT, TEXT.length, TestZip.crc(TEXT), false).finish(),
                "entry a is packed with method 12");
        refuses(new TestZip().store("a", TEXT).store("a", TEXT).finish(), "two entries a");
        assertThatThrownBy(() -> open(new TestZip().store("a", TEXT).finish()).read("b"))
                .isInstanceOf(UserException.class).hasMessageContaining("no entry b");
    }

    @Test
    void refusesSizesThatAreLies() {
        refuses(new TestZip().entry("a", 0, 0, TEXT, 100, 0, false).finish(), "not the 100 that the directory says");
        refuses(new TestZip().entry("a", 0, 0, TEXT, 1L << 60, 0, true).finish(), "not the 1152921504606846976");
        refuses(new TestZip().entry("a", 0, 0, TEXT, -1, 0, true).finish(), "does not fit");
        byte[] packed = TestZip.deflate(TEXT);
        int crc = TestZip.crc(TEXT);
        refuses(new TestZip().entry("a", 0, 8, packed, TEXT.length - 1, crc, false).finish(), "does not inflate to");
        refuses(new TestZip().entry("a", 0, 8, packed, TEXT.length + 1, crc, false).finish(), "not the");
        refuses(new TestZip().entry("a", 0, 8, Arrays.copyOf(packed, 5), TEXT.length, crc, false).finish(),
                "does not inflate to");
        refuses(new TestZip().entry("a", 0, 8, TEXT, 30, crc, false).finish(), "cannot be inflated");
    }

    /** A thousand times its size in zeros is a bomb; and a size that is a lie costs nothing. */
    @Test
    void refusesBombsWithoutTheMemory() {
        byte[] bomb = new TestZip().deflated("a", new byte[40 << 20]).finish();
        refuses(bomb, "the limit");
        assertThat(Allocation.of(() -> refuses(bomb, "the limit"))).isLessThan(1 << 20);
        byte[] lie = new TestZip().entry("a", 0, 8, TestZip.deflate(TEXT), 16 << 20, 0, false).finish();
        assertThat(Allocation.of(() -> refuses(lie, "not the"))).isLessThan(1 << 20);
        byte[] zeros = new byte[8 << 20];
        assertThat(read(new TestZip().deflated("a", zeros).finish(), "a")).isEqualTo(zeros);
    }

    /** Two entries that share bytes would let a small file unpack to a large one. */
    @Test
    void refusesOverlap() {
        byte[] archive = new TestZip().store("a", TEXT).store("b", TEXT).finish();
        int second = archive.length - 22 - 47;
        archive[second + 42] = 0;
        refuses(archive, "overlaps");
    }
}
