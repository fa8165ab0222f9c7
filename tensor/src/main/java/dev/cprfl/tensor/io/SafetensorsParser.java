package dev.cprfl.tensor.io;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the header of a safetensors file that may be hostile. Walks the JSON token by token and stops at the first
 * unexpected one, so nesting cannot overflow the stack, and allocates nothing that the file's own size does not bound.
 */
final class SafetensorsParser {

    private static final JsonFactory JSON = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    /** The limit of the format's own library. */
    private static final long MAX_HEADER = 100_000_000;
    private static final String METADATA = "__metadata__";

    /** A tensor as the header describes it; the offsets count from the end of the header. */
    private record Entry(String name, DType dtype, Shape shape, long begin, long end) {}

    private final Path file;
    private final MemorySegment content;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private JsonParser json;

    SafetensorsParser(Path file, MemorySegment content) {
        this.file = file;
        this.content = content;
    }

    Safetensors parse() {
        if (content.byteSize() < Long.BYTES) {
            throw bad(0, "the file has " + content.byteSize() + " bytes, not even the 8 of the header's length");
        }
        long length = content.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
        long available = content.byteSize() - Long.BYTES;
        if (length < 0 || length > Math.min(available, MAX_HEADER)) {
            throw bad(0, "the header is said to have " + Long.toUnsignedString(length) + " bytes, "
                    + (length < 0 || length > available ? available + " are left" : MAX_HEADER + " are the limit"));
        }
        parseHeader(content.asSlice(Long.BYTES, length));
        return new Safetensors(file, locate(content.asSlice(Long.BYTES + length)),
                Collections.unmodifiableMap(metadata));
    }

    private void parseHeader(MemorySegment header) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(header.asByteBuffer()).toString();
        } catch (CharacterCodingException e) {
            throw bad(Long.BYTES, "the header is not UTF-8 text");
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            json = parser;
            expect(JsonToken.START_OBJECT, "the header must be a JSON object");
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                if (name.equals(METADATA)) {
                    parseMetadata();
                } else {
                    parseEntry(name);
                }
            }
            if (json.nextToken() != null) {
                throw unexpected("only spaces may follow the header's object");
            }
        } catch (JacksonException e) {
            throw unexpected(e.getOriginalMessage().lines().findFirst().orElse("not JSON"));
        }
    }

    private void parseMetadata() {
        expect(JsonToken.START_OBJECT, METADATA + " must be an object");
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            expect(JsonToken.VALUE_STRING, METADATA + " must hold strings");
            metadata.put(key, json.getString());
        }
    }

    private void parseEntry(String name) {
        DType dtype = null;
        long[] extents = null;
        long[] offsets = null;
        expect(JsonToken.START_OBJECT, "tensor " + name + " must be an object");
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            switch (json.currentName()) {
                case "dtype" -> dtype = parseDType(name);
                case "shape" -> extents = parseArray("the shape of " + name);
                case "data_offsets" -> offsets = parseArray("the data_offsets of " + name);
                default -> throw unexpected("tensor " + name + " has an unknown field " + json.currentName());
            }
        }
        if (dtype == null || extents == null || offsets == null || offsets.length != 2) {
            throw unexpected("tensor " + name + " needs dtype, shape and two data_offsets");
        }
        entries.add(new Entry(name, dtype, shape(name, extents), offsets[0], offsets[1]));
    }

    private DType parseDType(String name) {
        expect(JsonToken.VALUE_STRING, "the dtype of " + name + " must be a string");
        String dtype = json.getString();
        return Arrays.stream(DType.values()).filter(known -> known.name().equals(dtype)).findFirst()
                .orElseThrow(() -> unexpected(
                        "tensor " + name + " has the unsupported dtype " + dtype + "; supported are "
                                + Arrays.toString(DType.values())));
    }

    /** An array of integers that are not negative. */
    private long[] parseArray(String what) {
        expect(JsonToken.START_ARRAY, what + " must be an array");
        long[] values = new long[8];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
                throw unexpected(what + " must hold integers from zero on");
            }
            if (count == values.length) {
                values = Arrays.copyOf(values, 2 * count);
            }
            values[count++] = json.getLongValue();
        }
        return Arrays.copyOf(values, count);
    }

    private Shape shape(String name, long[] extents) {
        try {
            return Shape.of(Arrays.stream(extents).mapToInt(Math::toIntExact).toArray());
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw unexpected("tensor " + name + " of shape " + Arrays.toString(extents) + " is too large: more than "
                    + Integer.MAX_VALUE + " numbers");
        }
    }

    /** Checks that the byte ranges follow one another from the first byte of the data to the last. */
    private Map<String, HostTensor> locate(MemorySegment data) {
        long start = content.byteSize() - data.byteSize();
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        long position = 0;
        for (Entry entry : entries) {
            if (entry.begin() != position) {
                throw bad(start + position, "tensor " + entry.name() + " begins at byte " + entry.begin()
                        + " of the data, " + position + " is next: " + (entry.begin() < position ? "overlap" : "gap"));
            }
            long bytes = (long) entry.shape().length() * entry.dtype().bytes();
            if (entry.end() - entry.begin() != bytes) {
                throw bad(start + position, "tensor " + entry.name() + ", " + entry.dtype() + " of shape "
                        + entry.shape() + ", needs " + bytes + " bytes, its data_offsets span "
                        + (entry.end() - entry.begin()));
            }
            if (entry.end() > data.byteSize()) {
                throw bad(start + position, "tensor " + entry.name() + " ends at byte " + entry.end()
                        + " of the data, there are " + data.byteSize());
            }
            tensors.put(entry.name(),
                    HostTensor.of(entry.dtype(), entry.shape(), data.asSlice(entry.begin(), bytes)));
            position = entry.end();
        }
        if (position != data.byteSize()) {
            throw bad(start + position, (data.byteSize() - position) + " bytes belong to no tensor");
        }
        return Collections.unmodifiableMap(tensors);
    }

    private void expect(JsonToken wanted, String otherwise) {
        if (json.nextToken() != wanted) {
            throw unexpected(otherwise);
        }
    }

    /** A complaint about the JSON at hand; the byte is exact as long as the header is ASCII. */
    private UserException unexpected(String reason) {
        return bad(Long.BYTES + Math.max(0, json.currentTokenLocation().getCharOffset()), reason);
    }

    private UserException bad(long offset, String reason) {
        return FileErrors.malformed(file.toString(), "safetensors", offset, reason);
    }
}
