package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A zip archive that may be hostile, read where it is mapped. {@link java.util.zip.ZipFile} would copy every entry to the heap; here an
 * entry that is stored as it is, which is how PyTorch and NumPy write, stays a window on the file. Zip64 is read. Entries must lie
 * one after the other without overlap, and an entry's CRC-32 must be right when it is read.
 */
final class ZipArchive {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int LOCAL = 0x04034B50;
    private static final int LOCAL_BYTES = 30;
    private static final int CENTRAL = 0x02014B50;
    private static final int CENTRAL_BYTES = 46;
    private static final int END = 0x06054B50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_64 = 0x07064B50;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int END_64 = 0x06064B50;
    private static final int END_64_BYTES = 56;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final long IN_ZIP64 = 0xFFFFFFFFL;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** What inflated entries may take together: beyond that, nothing but a bomb is compressed so well. */
    private static final long INFLATED_FREE = 16 << 20;
    private static final long INFLATED_FACTOR = 100;

    /** An entry as the central directory describes it; {@code data} is where its bytes begin. */
    private record Entry(String name, int flags, int method, int crc, long packed, long size, long header, long data) {}

    private final String file;
    private final MemorySegment content;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long inflatable;

    /**
     * Reads the directory.
     *
     * @param file what to call the file in messages
     * @throws UserException if the archive is malformed
     */
    ZipArchive(String file, MemorySegment content) {
        this.file = file;
        this.content = content;
        inflatable = INFLATED_FREE + INFLATED_FACTOR * content.byteSize();
        readDirectory();
    }

    /** The names of the entries, in the directory's order. */
    Set<String> names() {
        return entries.keySet();
    }

    /** Where an entry's bytes begin in the file, for messages. */
    long offset(String name) {
        return entries.get(name).data;
    }

    /**
     * The bytes of an entry: a window on the file, or inflated on the heap.
     *
     * @throws UserException if the entry is missing, encrypted, packed otherwise, damaged or too large
     */
    MemorySegment read(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw bad(0, "the archive has no entry " + name);
        }
        if ((entry.flags & 1) != 0) {
            throw bad(entry.header, "entry " + name + " is encrypted; only plain archives are read");
        }
        MemorySegment packed = content.asSlice(entry.data, entry.packed);
        MemorySegment bytes = switch (entry.method) {
            case STORED -> packed;
            case DEFLATED -> inflate(entry, packed);
            default -> throw bad(entry.header, "entry " + name + " is packed with method " + entry.method
                    + "; stored (0) and deflated (8) ones are read");
        };
        if (bytes.byteSize() != entry.size) {
            throw bad(entry.header, "entry " + name + " has " + bytes.byteSize() + " bytes, not the " + entry.size
                    + " that the directory says");
        }
        if (crc(bytes) != entry.crc) {
            throw bad(entry.data,
                    String.format("entry %s is damaged: its CRC-32 is %08x, the directory says %08x", name,
                            crc(bytes), entry.crc));
        }
        return bytes;
    }

    private static int crc(MemorySegment bytes) {
        CRC32 crc = new CRC32();
        long step = 1 << 30;
        for (long offset = 0; offset < bytes.byteSize(); offset += step) {
            crc.update(bytes.asSlice(offset, Math.min(step, bytes.byteSize() - offset)).asByteBuffer());
        }
        return (int) crc.getValue();
    }

    /** Grows with what really comes out, so that a size that is a lie costs nothing. */
    private MemorySegment inflate(Entry entry, MemorySegment packed) {
        long size = entry.size;
        if (size > Math.min(inflatable, MAX_ARRAY) || packed.byteSize() > MAX_ARRAY) {
            throw bad(entry.header,
                    "entry " + entry.name + " of " + packed.byteSize() + " bytes would inflate to " + size
                            + "; for a file of this size " + Math.min(inflatable, MAX_ARRAY) + " are the limit");
        }
        inflatable -= size;
        byte[] result = new byte[(int) Math.min(size, 4096 + 4 * packed.byteSize())];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed.asByteBuffer());
            int count = 0;
            while (!inflater.finished()) {
                if (count == result.length) {
                    // A stream may end with a block that holds nothing: one byte more tells.
                    result = Arrays.copyOf(result, (int) Math.min(size + 1, Math.max(2L * count, 64)));
                }
                int more = inflater.inflate(result, count, result.length - count);
                count += more;
                if (count > size || (more == 0 && !inflater.finished())) {
                    throw bad(entry.data, "entry " + entry.name + " does not inflate to " + size + " bytes");
                }
            }
            return MemorySegment.ofArray(result).asSlice(0, count);
        } catch (DataFormatException e) {
            throw bad(entry.data, "entry " + entry.name + " cannot be inflated: " + e.getMessage());
        } finally {
            inflater.end();
        }
    }

    private void readDirectory() {
        long end = findEnd();
        long count = u16(end + 10);
        long bytes = u32(end + 12);
        long start = u32(end + 16);
        long last = end;
        long locator = end - LOCATOR_64_BYTES;
        if (locator >= 0 && content.get(INT, locator) == LOCATOR_64) {
            last = content.get(LONG, locator + 8);
            if (last < 0 || last > locator - END_64_BYTES || content.get(INT, last) != END_64) {
                throw bad(locator, "the zip64 end record is not where it should be");
            }
            count = content.get(LONG, last + 32);
            bytes = content.get(LONG, last + 40);
            start = content.get(LONG, last + 48);
        }
        if (start < 0 || bytes < 0 || start > last || bytes > last - start || count < 0
                || count > bytes / CENTRAL_BYTES) {
            throw bad(end, "the directory of " + count + " entries in " + bytes + " bytes from byte " + start
                    + " does not fit the file");
        }
        long position = start;
        for (long i = 0; i < count; i++) {
            position = readEntry(position, start + bytes, start);
        }
        if (position != start + bytes) {
            throw bad(position, "the directory is longer than its " + count + " entries");
        }
        checkOverlap(start);
    }

    /** The end record stands at the end of the file, with at most a comment behind it. */
    private long findEnd() {
        long latest = content.byteSize() - END_BYTES;
        for (long at = latest; at >= Math.max(0, latest - MAX_COMMENT); at--) {
            if (content.get(INT, at) == END && at + END_BYTES + u16(at + 20) == content.byteSize()) {
                return at;
            }
        }
        throw bad(Math.max(0, latest), "the zip archive has no end record: it is cut off or damaged");
    }

    /** Reads one entry of the directory and returns where the next one begins. */
    private long readEntry(long at, long end, long directory) {
        if (at > end - CENTRAL_BYTES || content.get(INT, at) != CENTRAL) {
            throw bad(at, "the directory has no entry here");
        }
        int nameBytes = u16(at + 28);
        int extraBytes = u16(at + 30);
        long next = at + CENTRAL_BYTES + nameBytes + extraBytes + u16(at + 32);
        if (next > end) {
            throw bad(at, "an entry is longer than the directory");
        }
        String name = text(at + CENTRAL_BYTES, nameBytes);
        long[] wide = {u32(at + 24), u32(at + 20), u32(at + 42)};
        readZip64(at + CENTRAL_BYTES + nameBytes, extraBytes, wide);
        long size = wide[0];
        long packed = wide[1];
        long header = wide[2];
        if (header < 0 || header > directory - LOCAL_BYTES || content.get(INT, header) != LOCAL) {
            throw bad(at, "entry " + name + " is not where the directory says");
        }
        long data = header + LOCAL_BYTES + u16(header + 26) + u16(header + 28);
        if (size < 0 || packed < 0 || data > directory || packed > directory - data) {
            throw bad(at, "entry " + name + " of " + packed + " bytes does not fit before the directory");
        }
        Entry entry = new Entry(name, u16(at + 8), u16(at + 10), content.get(INT, at + 16), packed, size, header, data);
        if (entries.put(name, entry) != null) {
            throw bad(at, "the archive has two entries " + name);
        }
        return next;
    }

    /** Replaces each number that did not fit 32 bits by the one in the extra field, in the order the format fixes. */
    private void readZip64(long at, int extraBytes, long[] wide) {
        long end = at + extraBytes;
        for (long field = at; field <= end - 4; field += 4 + u16(field + 2)) {
            if (u16(field) == 1) {
                long position = field + 4;
                for (int i = 0; i < wide.length; i++) {
                    if (wide[i] == IN_ZIP64) {
                        if (position > Math.min(end, field + 4 + u16(field + 2)) - Long.BYTES) {
                            throw bad(field, "a zip64 field is too short");
                        }
                        wide[i] = content.get(LONG, position);
                        position += Long.BYTES;
                    }
                }
                return;
            }
        }
    }

    private void checkOverlap(long directory) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::header));
        for (int i = 0; i < sorted.size(); i++) {
            Entry entry = sorted.get(i);
            if (entry.data + entry.packed > (i + 1 < sorted.size() ? sorted.get(i + 1).header : directory)) {
                throw bad(entry.header, "entry " + entry.name + " overlaps the next one");
            }
        }
    }

    private String text(long at, int length) {
        return new String(content.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private int u16(long at) {
        return Short.toUnsignedInt(content.get(SHORT, at));
    }

    private long u32(long at) {
        return Integer.toUnsignedLong(content.get(INT, at));
    }

    private UserException bad(long offset, String reason) {
        return FileErrors.malformed(file, "zip", offset, reason);
    }
}
