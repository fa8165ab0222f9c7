package dev.cprfl.tensor.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zip archives byte by byte, so that tests can write wrong ones too. */
final class TestZip {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private int count;

    /** An archive of entries as they are. */
    static byte[] stored(Map<String, byte[]> entries) {
        TestZip zip = new TestZip();
        entries.forEach(zip::store);
        return zip.finish();
    }

    static int crc(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return (int) crc.getValue();
    }

    static byte[] deflate(byte[] content) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(content);
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        while (!deflater.finished()) {
            packed.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return packed.toByteArray();
    }

    TestZip store(String name, byte[] content) {
        return entry(name, 0, 0, content, content.length, crc(content), false);
    }

    TestZip deflated(String name, byte[] content) {
        return entry(name, 0, 8, deflate(content), content.length, crc(content), false);
    }

    /** An entry that says of itself what it is told to; with {@code zip64} its numbers stand in the extra field. */
    TestZip entry(String name, int flags, int method, byte[] packed, long size, int crc, boolean zip64) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int header = out.size();
        out.writeBytes(buffer(30).putInt(0x04034B50).putShort((short) 45).putShort((short) flags)
                .putShort((short) method).putInt(0).putInt(crc).putInt(packed.length).putInt((int) size)
                .putShort((short) text.length).putShort((short) 5).array());
        out.writeBytes(text);
        out.writeBytes(new byte[]{'F', 'B', 1, 0, 'Z'});
        out.writeBytes(packed);
        directory.writeBytes(buffer(46).putInt(0x02014B50).putShort((short) 45).putShort((short) 45)
                .putShort((short) flags).putShort((short) method).putInt(0).putInt(crc)
                .putInt(zip64 ? -1 : packed.length).putInt(zip64 ? -1 : (int) size).putShort((short) text.length)
                .putShort((short) (zip64 ? 28 : 0)).putInt(0).putInt(0).putShort((short) 0)
                .putInt(zip64 ? -1 : header).array());
        directory.writeBytes(text);
        if (zip64) {
            directory.writeBytes(buffer(28).putShort((short) 1).putShort((short) 24).putLong(size)
                    .putLong(packed.length).putLong(header).array());
        }
        count++;
        return this;
    }

    byte[] finish() {
        return finish(directory.size(), out.size());
    }

    /** Ends the archive with a directory that is said to be of this size and place. */
    byte[] finish(int directoryBytes, int directoryStart) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(out.toByteArray());
        all.writeBytes(directory.toByteArray());
        all.writeBytes(buffer(22).putInt(0x06054B50).putInt(0).putShort((short) count).putShort((short) count)
                .putInt(directoryBytes).putInt(directoryStart).putShort((short) 0).array());
        return all.toByteArray();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
