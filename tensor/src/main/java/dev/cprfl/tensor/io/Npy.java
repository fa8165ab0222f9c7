package dev.cprfl.tensor.io;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** NumPy's files of one array (npy, versions 1 to 3). Reads numbers and truth values, never Python objects. */
public final class Npy {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private Npy() {}

    /**
     * Reads a file; arrays in Fortran order or big-endian are brought into ours, all others stay in the mapped file.
     *
     * @throws UserException if the file cannot be read, or is malformed in any way: file, byte and reason are named
     */
    public static HostTensor read(Path file) {
        return parse(file.toString(), MappedFile.open(file));
    }

    /**
     * Reads an array from memory.
     *
     * @param name what to call it in messages
     */
    static HostTensor parse(String name, MemorySegment content) {
        long size = content.byteSize();
        if (size < MAGIC.length + 4 || content.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) != -1) {
            throw FileErrors.malformed(name, "npy", 0, "it does not begin with \\x93NUMPY, version and header length");
        }
        int version = content.get(ValueLayout.JAVA_BYTE, 6);
        if (version < 1 || version > 3 || content.get(ValueLayout.JAVA_BYTE, 7) != 0) {
            throw FileErrors.malformed(name, "npy", 6, "format version "
                    + version + "." + content.get(ValueLayout.JAVA_BYTE, 7) + " is unknown; 1.0, 2.0 and 3.0 are read");
        }
        int start = version == 1 ? 10 : 12;
        long length = 0;
        for (int i = start - 1; i >= 8 && i < size; i--) {
            length = length << 8 | Byte.toUnsignedLong(content.get(ValueLayout.JAVA_BYTE, i));
        }
        if (length > size - start) {
            throw FileErrors.malformed(name, "npy", 8,
                    "the header is said to have " + length + " bytes, " + Math.max(0, size - start) + " are left");
        }
        NpyHeader header = new NpyHeader.Parser(name, start, content.asSlice(start, length)).parse();
        MemorySegment data = content.asSlice(start + length);
        long needed = (long) header.shape().length() * header.dtype().bytes();
        if (data.byteSize() != needed) {
            throw FileErrors.malformed(name, "npy", start + length, header.dtype() + " of shape " + header.shape()
                    + " needs " + needed + " bytes, " + data.byteSize() + " are there");
        }
        if (needed > MAX_ARRAY) {
            throw FileErrors.malformed(name, "npy", start + length,
                    needed + " bytes are too many, at most " + MAX_ARRAY);
        }
        boolean asIs = !header.fortranOrder() && (!header.bigEndian() || header.dtype().bytes() == 1);
        return HostTensor.of(header.dtype(), header.shape(), asIs ? data : rearrange(header, data));
    }

    /** Copies the numbers into row-major, little-endian order. */
    private static MemorySegment rearrange(NpyHeader header, MemorySegment data) {
        Shape shape = header.shape();
        long[] strides = Strided.rowMajor(shape);
        if (header.fortranOrder()) {
            long step = 1;
            for (int axis = 0; axis < strides.length; axis++) {
                strides[axis] = step;
                step *= shape.extent(axis);
            }
        }
        return new Strided(shape, 0, strides).copy(data, header.dtype().bytes(),
                header.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Writes version 1.0, row-major, little-endian, as a whole or not at all ({@link AtomicFile}).
     *
     * @throws IllegalArgumentException for BF16, which NumPy does not know
     * @throws UserException if the file cannot be written; what was there before is then unchanged
     */
    public static void write(Path file, HostTensor tensor) {
        byte[] header = header(tensor);
        AtomicFile.write(file, header.length + tensor.data().byteSize(), out -> {
            out.write(header);
            Safetensors.write(tensor.data(), out);
        });
    }

    private static byte[] header(HostTensor tensor) {
        StringBuilder text = new StringBuilder("{'descr': '").append(NpyHeader.descr(tensor.dtype()))
                .append("', 'fortran_order': False, 'shape': (");
        for (int extent : tensor.shape().toArray()) {
            text.append(extent).append(", ");
        }
        text.append("), }");
        while ((MAGIC.length + 4 + text.length() + 1) % ALIGNMENT != 0) {
            text.append(' ');
        }
        text.append('\n');
        byte[] header = new byte[MAGIC.length + 4 + text.length()];
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        header[6] = 1;
        header[8] = (byte) text.length();
        header[9] = (byte) (text.length() >> 8);
        byte[] characters = text.toString().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(characters, 0, header, MAGIC.length + 4, characters.length);
        return header;
    }
}
