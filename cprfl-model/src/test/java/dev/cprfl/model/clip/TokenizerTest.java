package dev.cprfl.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.tensor.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizerTest {

    /** The numbers of bytes as tokens: printable Latin-1 in its order, then the rest; + 256 where a word ends. */
    private static final int A = 'a' - '!';
    private static final int END = 256;

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Merges of a small vocabulary: 514 tokens and one for each of these. */
    private static final List<String> MERGES = List.of("a b", "ab c</w>", "b c</w>", "a bc</w>", "c c", "cc c",
            "x</w>y z");

    @TempDir
    private Path folder;

    @Test
    void equalsOpenAisTokenizer() {
        Path file = GoldenCases.shared("data/clip-bpe/bpe_simple_vocab_16e6.txt.gz");
        Tokenizer tokenizer = Tokenizer.read(file, Tokenizer.VOCABULARY);
        JsonNode cases = JSON.readTree(GoldenCases.resource("clip/tokenizer.json")).get("cases");
        assertThat(cases.size()).isEqualTo(204);
        for (JsonNode golden : cases) {
            String text = golden.get("text").asString();
            int[] ids = JSON.treeToValue(golden.get("ids"), int[].class);
            assertThat(tokenizer.encode(text)).as(text).hasSize(golden.get("length").asInt());
            assertThat(tokenizer.encode(text, Tokenizer.CONTEXT, true)).as(text).isEqualTo(ids);
            if (golden.has("raises_without_truncate")) {
                assertThatThrownBy(() -> tokenizer.encode(text, Tokenizer.CONTEXT, false))
                        .isInstanceOf(UserException.class).hasMessageContainingAll("tokens", "77");
            }
        }
    }

    /**
     * Python's {@code ftfy.fix_text}, {@code html.unescape} and {@code lower} on text that is hard on them; the file says how
     * it was made.
     */
    @Test
    void cleansAsPythonDoes() {
        JsonNode cases = JSON.readTree(GoldenCases.resource("clip/texts.json")).get("cases");
        assertThat(cases.size()).isGreaterThan(600);
        for (JsonNode golden : cases) {
            assertThat(Tokenizer.clean(golden.get("text").asString())).as(golden.toString())
                    .isEqualTo(golden.get("clean").asString());
        }
    }

    @Test
    void mergesInTheOrderOfTheList() throws IOException {
        Tokenizer tokenizer = small();
        int start = 512 + 6;
        assertThat(tokenizer.encode("abc")).containsExactly(start, 512 + 3, start + 1); // ab c, numbered by the later a bc
        assertThat(tokenizer.encode("bc")).containsExactly(start, 512 + 2, start + 1);
        assertThat(tokenizer.encode("ABD a")).containsExactly(start, 512, A + 3 + END, A + END, start + 1);
        assertThat(tokenizer.encode("ccccc")).containsExactly(start, 512 + 4, 512 + 4, A + 2 + END, start + 1);
        assertThat(tokenizer.encode("cccccc")).containsExactly(start, 512 + 4, 512 + 5, A + 2 + END, start + 1);
        assertThat(tokenizer.encode("")).containsExactly(start, start + 1);
    }

    /** As with Python's regex module, which finds it in no set where the case is ignored. */
    @Test
    void theIotaBelowFallsAway() throws IOException {
        int start = 512 + 6;
        assertThat(small().encode(".\u0345.")).containsExactly(start, '.' - '!' + END, '.' - '!' + END, start + 1);
        assertThat(small().encode("\u0345")).containsExactly(start, start + 1);
    }

    /** Checked against the plain algorithm, which goes through the word once for each merge. */
    @Test
    void aLongWordIsEncodedAsTheDefinitionSays() throws IOException {
        Tokenizer tokenizer = small();
        String word = "abcccabcabccbcbaacccccbcaabbc".repeat(4);
        assertThat(tokenizer.encode(word)).isEqualTo(plain(word));
        assertThat(tokenizer.encode("c".repeat(1 << 20))).hasSizeLessThan((1 << 19) + 4);
    }

    private static int[] plain(String word) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (char c = 'a'; c <= 'c'; c++) {
            ids.put(String.valueOf(c), A + c - 'a');
            ids.put(c + "</w>", A + c - 'a' + END);
        }
        List<String> merges = MERGES.subList(0, 6);
        for (int i = 0; i < merges.size(); i++) {
            ids.put(merges.get(i).replace(" ", ""), 512 + i);
        }
        List<String> symbols = new ArrayList<>(List.of(word.split("")));
        symbols.set(symbols.size() - 1, symbols.getLast() + "</w>");
        while (true) {
            int best = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = merges.indexOf(symbols.get(i) + " " + symbols.get(i + 1));
                best = rank >= 0 ? Math.min(best, rank) : best;
            }
            if (best == Integer.MAX_VALUE) {
                break;
            }
            for (int i = 0; i + 1 < symbols.size(); i++) {
                if (merges.get(best).equals(symbols.get(i) + " " + symbols.get(i + 1))) {
                    symbols.set(i, symbols.get(i) + symbols.remove(i + 1));
                }
            }
        }
        return IntStream.concat(IntStream.of(518),
                IntStream.concat(symbols.stream().mapToInt(ids::get),
                        IntStream.of(519)))
                .toArray();
    }

    private Tokenizer small() throws IOException {
        return Tokenizer.read(merges(MERGES.subList(0, 6)), 514 + 6);
    }

    private Path merges(List<String> lines) throws IOException {
        return Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", lines) + "\n");
    }

    @Test
    void readsEveryKindOfFile() throws IOException {
        int[] expected = small().encode("abc bc c");
        Path json = Files.writeString(folder.resolve("tokenizer.json"),
                """
                        {"model": {"type": "BPE", "merges": ["a b", ["ab", "c</w>"], "b c</w>", "a bc</w>", "c c", "cc c"]}}""");
        assertThat(Tokenizer.read(json, 520).encode("abc bc c")).isEqualTo(expected);
        Path packed = folder.resolve("bpe_simple_vocab_16e6.txt.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(("\"#version\r\n" + String.join("\r\n", MERGES)).getBytes(StandardCharsets.UTF_8));
        }
        assertThat(Tokenizer.read(packed, 520).encode("abc bc c")).isEqualTo(expected); // the last line is not wanted
        assertThat(Tokenizer.find(folder.resolve("none"), folder)).isEqualTo(packed);
    }

    @Test
    void aVocabularyBesideTheMergesMustAgree() throws IOException {
        Path file = merges(MERGES.subList(0, 1));
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (int i = 0; i < 256; i++) {
            String symbol = Character.toString(i < 94
                    ? '!' + i
                    : i < 106
                            ? 0xA1 + i - 94
                            : i < 188
                                    ? 0xAE + i - 106
                                    : 0x100 + i - 188);
            numbers.put(symbol, i);
            numbers.put(symbol + "</w>", 256 + i);
        }
        numbers.put("ab", 512);
        Path vocabulary = folder.resolve("vocab.json");
        Files.writeString(vocabulary, JSON.writeValueAsString(numbers));
        assertThat(Tokenizer.read(file, 515).encode("ab")).hasSize(4);
        numbers.put("ab", 511);
        Files.writeString(vocabulary, JSON.writeValueAsString(numbers));
        refused(file, 515, "vocab.json", "ab", "511", "512");
        Files.writeString(vocabulary, "[1]");
        refused(file, 515, "vocab.json");
        refused(vocabulary, 515, "vocab.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b\n", "#version\na\n", "#version\na b c\n", "#version\n b\n", "#version\na \n",
        "#version\nab c\n", "#version\na b\na b\n", "#version\n\u0000\u001b[2J x\n", "#version\nа b\n", "{", "{}", "[]",
        "{\"model\": {\"merges\": {}}}", "{\"model\": {\"merges\": [[\"a\"]]}}", "{\"model\": {\"merges\": [7]}}",
        "{\"model\": {\"merges\": [[[[\"a b\"]]]]}}"})
    void refusesAMalformedFileInOneLine(String content) throws IOException {
        refused(Files.writeString(folder.resolve("merges.txt"), content), 514 + 2, "merges.txt");
    }

    @Test
    void refusesWhatIsNoTextOrTooLong() throws IOException {
        refused(Files.write(folder.resolve("latin.txt"), new byte[]{'#', (byte) 0xFF}), 515, "latin.txt", "UTF-8");
        refused(Files.write(folder.resolve("torn.gz"), new byte[]{0x1F, (byte) 0x8B, 8, 0}), 515, "torn.gz");
        refused(folder, 515, folder.toString());
        refused(folder.resolve("gone.txt"), 515, "gone.txt", "no such file");
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bomb)) {
            byte[] blanks = new byte[1 << 20];
            for (int i = 0; i < 65; i++) {
                out.write(blanks);
            }
        }
        refused(Files.write(folder.resolve("bomb.gz"), bomb.toByteArray()), 515, "bomb.gz", "64 MiB");
        refused(Files.writeString(folder.resolve("deep.json"), "{\"a\":" + "[".repeat(100_000)), 515, "deep.json");
        assertThatThrownBy(() -> Tokenizer.find(folder.resolve("empty"))).isInstanceOf(UserException.class)
                .hasMessageContainingAll("merges.txt", "tokenizer.json", "bpe_simple_vocab_16e6.txt.gz", "empty",
                        "--bpe");
    }

    private static void refused(Path file, int vocabulary, String... words) {
        assertThatThrownBy(() -> Tokenizer.read(file, vocabulary)).isInstanceOf(UserException.class)
                .hasMessageContainingAll(words).hasMessageNotContainingAny("\n", "\u001b");
    }
}
