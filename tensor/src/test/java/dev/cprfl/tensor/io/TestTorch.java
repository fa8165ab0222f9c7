package dev.cprfl.tensor.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes pickles of protocol 2 and files of torch.save around them, right or wrong. */
final class TestTorch {

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    TestTorch() {
        raw("\200\2");
    }

    /** Opcodes as they are, a character a byte. */
    TestTorch raw(String opcodes) {
        code.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    TestTorch text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        raw("X").little(4, bytes.length);
        code.writeBytes(bytes);
        return this;
    }

    TestTorch integer(long value) {
        return value == (int) value ? raw("J").little(4, value) : raw("\212\10").little(8, value);
    }

    private TestTorch little(int width, long value) {
        code.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), 0, width);
        return this;
    }

    TestTorch integers(long... values) {
        raw("(");
        for (long value : values) {
            integer(value);
        }
        return raw("t");
    }

    /** A row-major tensor that fills its storage. */
    TestTorch tensor(String storageType, String key, long... shape) {
        long numbers = 1;
        long[] strides = new long[shape.length];
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = numbers;
            numbers *= shape[axis];
        }
        return view(storageType, key, numbers, 0, shape, strides);
    }

    TestTorch view(String storageType, String key, long numbers, long offset, long[] shape, long[] strides) {
        raw("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").raw("ctorch\n" + storageType + "\n").text(key)
                .text("cpu").integer(numbers).raw("tQ");
        return integer(offset).integers(shape).integers(strides).raw("\211Nt" + "R");
    }

    /** The pickle, ended. */
    byte[] bytes() {
        raw(".");
        return code.toByteArray();
    }

    /** A file of today's torch.save. */
    byte[] archive(Map<String, byte[]> storages) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("x/data.pkl", bytes());
        entries.put("x/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        storages.forEach((key, bytes) -> entries.put("x/data/" + key, bytes));
        return TestZip.stored(entries);
    }

    /** Little-endian floats. */
    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
