package dev.cprfl.model.clip;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.FileErrors;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files that CLIP's vocabulary comes in: OpenAI's {@code bpe_simple_vocab_16e6.txt.gz} (packed or not), and
 * {@code merges.txt} or {@code tokenizer.json} of the transformers library. Its {@code vocab.json}, where it lies beside
 * {@code merges.txt}, is compared; it holds no merges, so it does not do alone.
 */
final class MergeFile {

    static final String VOCABULARY = "vocab.json";

    /** What is looked for in a folder, in this order. */
    static final List<String> NAMES = List.of("bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "merges.txt",
            "tokenizer.json");

    /** OpenAI's list, unpacked, has three megabytes. */
    private static final int MAX_BYTES = 64 << 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private MergeFile() {}

    /**
     * Reads the pairs of symbols in the order of their merging. OpenAI's file holds more than CLIP uses.
     *
     * @param limit how many are wanted
     * @throws UserException if the file cannot be read, is none of these or is malformed
     */
    static List<Merge> read(Path file, int limit) {
        String text = text(file);
        if (text.stripLeading().startsWith("{")) {
            JsonNode model = json(file, text).path("model");
            if (!model.path("merges").isArray()) {
                throw new UserException(file + " holds no merges"
                        + (file.endsWith(VOCABULARY) ? "; give merges.txt, which belongs to it" : " (model.merges)"));
            }
            return fromJson(file, model.get("merges"), limit);
        }
        return fromLines(file, text.split("\n", -1), limit);
    }

    /**
     * The numbers of the tokens that a file says, to be compared: those of a {@code tokenizer.json}, or of the
     * {@code vocab.json} beside a {@code merges.txt}. Empty where there is nothing to compare.
     */
    static Map<String, Integer> vocabulary(Path file) {
        Path beside = file.resolveSibling(VOCABULARY);
        if (file.endsWith("merges.txt") && Files.exists(beside)) {
            return numbers(beside, json(beside, text(beside)));
        }
        String text = text(file);
        JsonNode vocabulary = text.stripLeading().startsWith("{")
                ? json(file, text).path("model").get("vocab")
                : null;
        return vocabulary == null ? Map.of() : numbers(file, vocabulary);
    }

    private static Map<String, Integer> numbers(Path file, JsonNode vocabulary) {
        try {
            return JSON.readerForMapOf(Integer.class).readValue(vocabulary);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new UserException(file + ": the vocabulary is no JSON object of names and numbers", e);
        }
    }

    private static List<Merge> fromJson(Path file, JsonNode merges, int limit) {
        List<Merge> list = new ArrayList<>();
        for (JsonNode entry : merges) {
            if (list.size() == limit) {
                break;
            }
            String place = file + ": merge " + (list.size() + 1);
            String line = entry.isArray() && entry.size() == 2
                    ? entry.get(0).asString("") + " " + entry.get(1).asString("")
                    : entry.asString("");
            list.add(Merge.parse(line, place));
        }
        return list;
    }

    private static List<Merge> fromLines(Path file, String[] lines, int limit) {
        if (!lines[0].contains("#version")) {
            throw new UserException(
                    file + " is no list of merges: its first line does not say #version; needed is one of "
                            + String.join(", ", NAMES));
        }
        List<Merge> list = new ArrayList<>();
        for (int i = 1; i < lines.length && list.size() < limit; i++) {
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            if (line.isEmpty() && i == lines.length - 1) {
                break;
            }
            list.add(Merge.parse(line, file + ":" + (i + 1)));
        }
        return list;
    }

    private static JsonNode json(Path file, String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new UserException(file + " is not well-formed JSON", e);
        }
    }

    private static String text(Path file) {
        try (InputStream in = open(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new UserException(file + " is no list of merges: it has more than " + (MAX_BYTES >> 20) + " MiB");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new UserException(file + " is no list of merges: it is not UTF-8 text", e);
        } catch (IOException e) {
            throw FileErrors.unreadable(file, e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        try {
            in.mark(2);
            boolean packed = in.read() == 0x1F && in.read() == 0x8B;
            in.reset();
            return packed ? new GZIPInputStream(in) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
