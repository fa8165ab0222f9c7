package dev.cprfl.model;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * YAML to records, with errors for people: one line that names the file, the key and, for an unknown key, the nearest known
 * one. A key given twice is an error too.
 */
public final class StrictYaml {

    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private StrictYaml() {}

    /**
     * The content of a file.
     *
     * @throws UserException if the file cannot be read or is not YAML
     */
    public static JsonNode parse(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new UserException(file + ": no such file", e);
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read as UTF-8 text (" + e.getMessage() + ")", e);
        }
    }

    /**
     * The content of a text; that of one without any keys is empty.
     *
     * @param source what error messages call the text
     * @throws UserException if it is not YAML or not a mapping at its top
     */
    public static JsonNode parse(String yaml, String source) {
        try {
            JsonNode tree = MAPPER.readTree(yaml);
            if (tree.isMissingNode() || tree.isNull()) {
                return MAPPER.createObjectNode();
            }
            if (!tree.isObject()) {
                throw new UserException(source + ": expected lines of the form 'key: value'");
            }
            return tree;
        } catch (JacksonException e) {
            throw new UserException(source + ": line " + e.getLocation().getLineNr() + ": not valid YAML: " + reason(e),
                    e);
        }
    }

    /**
     * Fills a record, or another type Jackson can build.
     *
     * @param source what error messages call the content
     * @throws UserException if a key is unknown or a value does not fit; the exceptions of the record's own checks
     *     (UserException, IllegalArgumentException) end up in the same form
     */
    public static <T> T bind(JsonNode tree, Class<T> type, String source) {
        try {
            return MAPPER.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            throw new UserException(source + ": unknown key '" + path(e) + "'" + NearestName.hint(e.getPropertyName(),
                    e.getKnownPropertyIds().stream().map(String::valueOf).toList()), e);
        } catch (InvalidFormatException e) {
            throw new UserException(
                    source + ": " + path(e) + ": '" + e.getValue() + "' is not " + kind(e.getTargetType()), e);
        } catch (DatabindException e) {
            String key = path(e);
            throw new UserException(source + ": " + (key.isEmpty() ? "" : key + ": ") + reason(e), e);
        }
    }

    /** {@link #parse(Path)} and {@link #bind}. */
    public static <T> T read(Path file, Class<T> type) {
        return bind(parse(file), type, file.toString());
    }

    private static String path(DatabindException e) {
        return e.getPath().stream()
                .map(step -> step.getPropertyName() != null
                        ? "." + step.getPropertyName()
                        : "[" + step.getIndex() + "]")
                .collect(Collectors.joining()).replaceFirst("^\\.", "");
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        }
        if (type == double.class || type == Double.class || type == float.class || type == Float.class) {
            return "a number";
        }
        return type == boolean.class || type == Boolean.class ? "true or false" : "a " + type.getSimpleName();
    }

    /** The innermost message without Jackson's tail of locations. */
    private static String reason(JacksonException e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause instanceof JacksonException jackson ? jackson.getOriginalMessage() : cause.getMessage();
        return Objects.toString(message, cause.toString()).lines().findFirst().orElse("").strip();
    }
}
