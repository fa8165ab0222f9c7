package dev.cprfl.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One part of the stored PyTorch results: its cases and their numbers, read without the project's own file readers.
 */
public final class GoldenCases {

    private final List<JsonNode> cases;
    private final JsonNode tensors;
    private final ByteBuffer data;

    private GoldenCases(String part) {
        cases = new JsonMapper().readTree(resource(part + ".json")).valueStream().toList();
        ByteBuffer file = ByteBuffer.wrap(resource(part + ".safetensors")).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = (int) file.getLong(0);
        tensors = new JsonMapper().readTree(new String(file.array(), 8, headerLength, StandardCharsets.UTF_8));
        data = file.slice(8 + headerLength, file.limit() - 8 - headerLength).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** @param part such as {@code metrics} */
    public static GoldenCases of(String part) {
        return new GoldenCases(part);
    }

    /** The cases of one operation. */
    public List<JsonNode> withOp(String op) {
        return cases.stream().filter(one -> one.get("op").asString().equals(op)).toList();
    }

    /** A tensor of a case. */
    public double[] tensor(JsonNode golden, String role) {
        return tensor(golden.get("name").asString() + "/" + role);
    }

    /** A tensor of type U8, I32, F32 or F64. */
    public double[] tensor(String key) {
        JsonNode entry = tensors.get(key);
        String type = entry.get("dtype").asString();
        int from = entry.get("data_offsets").get(0).asInt();
        int bytes = entry.get("data_offsets").get(1).asInt() - from;
        int width = switch (type) {
            case "U8" -> 1;
            case "I32", "F32" -> 4;
            case "F64" -> 8;
            default -> throw new IllegalArgumentException(type);
        };
        double[] values = new double[bytes / width];
        for (int i = 0; i < values.length; i++) {
            int at = from + i * width;
            values[i] = switch (type) {
                case "U8" -> data.get(at) & 0xFF;
                case "I32" -> data.getInt(at);
                case "F32" -> data.getFloat(at);
                default -> data.getDouble(at);
            };
        }
        return values;
    }

    /** The bytes of a file stored with the tests. */
    public static byte[] resource(String name) {
        try (InputStream in = GoldenCases.class.getResourceAsStream("/golden/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no test resource golden/" + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A file or folder of the shared data, which is not part of the repository. Where it is absent the test is skipped.
     */
    public static Path shared(String name) {
        Path file = sharedRoot().resolve(name);
        assumeTrue(Files.exists(file), () -> "skipped: no shared data at " + file);
        return file;
    }

    private static Path sharedRoot() {
        String set = System.getProperty("cprfl.shared");
        if (set != null) {
            return Path.of(set);
        }
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("shared/golden/index.json"))) {
                return folder.resolve("shared");
            }
        }
        return Path.of("../shared");
    }
}
