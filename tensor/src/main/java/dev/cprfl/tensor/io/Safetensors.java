package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Files of named tensors in the safetensors format: eight bytes with the length of a JSON header, the header (name, type,
 * shape and byte range of each tensor), and the tensors' bytes without gap or overlap.
 *
 * @param file where it was read, for messages
 * @param tensors by name, in the order of their bytes; they stay in the mapped file until used
 * @param metadata what else the header says
 */
public record Safetensors(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {

    private static final String METADATA = "__metadata__";
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Opens a file and checks its header; reads no tensor yet.
     *
     * @throws UserException if the file cannot be read, or is malformed in any way: file, byte and reason are named
     */
    public static Safetensors read(Path file) {
        return new SafetensorsParser(file, MappedFile.open(file)).parse();
    }

    /**
     * As {@link #read}, of a file's content.
     *
     * @param name for messages
     */
    public static Safetensors parse(Path name, byte[] content) {
        // Outside the heap, where numbers of every width can be read.
        MemorySegment copy = Arena.ofAuto().allocate(content.length, Long.BYTES);
        MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
        return new SafetensorsParser(name, copy).parse();
    }

    /** @throws UserException naming file and tensor if there is no tensor of this name */
    public HostTensor get(String name) {
        HostTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new UserException(file + " holds no tensor named " + name);
        }
        return tensor;
    }

    /**
     * Writes a file as a whole or not at all ({@link AtomicFile}). Wider types come first, so that every tensor is aligned;
     * tensors of one width keep the order of the map.
     *
     * @throws UserException if the file cannot be written; what was there before is then unchanged
     */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {
        if (tensors.containsKey(METADATA)) {
            throw new UserException("cannot write " + file + ": no tensor in safetensors can be named " + METADATA);
        }
        List<Map.Entry<String, HostTensor>> entries = new ArrayList<>(tensors.entrySet());
        entries.sort(Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes()));
        byte[] header = header(entries, metadata);
        long bytes = (long) Long.BYTES + header.length;
        for (HostTensor tensor : tensors.values()) {
            bytes += tensor.data().byteSize();
        }
        AtomicFile.write(file, bytes, out -> {
            byte[] length = new byte[Long.BYTES];
            MemorySegment.ofArray(length).set(LENGTH, 0, header.length);
            out.write(length);
            out.write(header);
            for (Map.Entry<String, HostTensor> entry : entries) {
                write(entry.getValue().data(), out);
            }
        });
    }

    private static byte[] header(List<Map.Entry<String, HostTensor>> entries, Map<String, String> metadata) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = new JsonFactory().createGenerator(ObjectWriteContext.empty(), json)) {
            out.writeStartObject();
            if (!metadata.isEmpty()) {
                out.writeObjectPropertyStart(METADATA);
                metadata.forEach(out::writeStringProperty);
                out.writeEndObject();
            }
            long offset = 0;
            for (Map.Entry<String, HostTensor> entry : entries) {
                HostTensor tensor = entry.getValue();
                long end = offset + tensor.data().byteSize();
                out.writeObjectPropertyStart(entry.getKey());
                out.writeStringProperty("dtype", tensor.dtype().name());
                out.writeName("shape");
                int[] extents = tensor.shape().toArray();
                out.writeArray(extents, 0, extents.length);
                out.writeName("data_offsets");
                out.writeArray(new long[]{offset, end}, 0, 2);
                out.writeEndObject();
                offset = end;
            }
            out.writeEndObject();
        }
        // Spaces up to the next multiple of eight keep the data aligned.
        while (json.size() % 8 != 0) {
            json.write(' ');
        }
        return json.toByteArray();
    }

    /** Copies through a small buffer, so that a large tensor costs no second copy of itself. */
    static void write(MemorySegment data, OutputStream out) throws IOException {
        byte[] buffer = new byte[(int) Math.min(1 << 16, data.byteSize())];
        for (long offset = 0; offset < data.byteSize(); offset += buffer.length) {
            int count = (int) Math.min(buffer.length, data.byteSize() - offset);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, buffer, 0, count);
            out.write(buffer, 0, count);
        }
    }
}
