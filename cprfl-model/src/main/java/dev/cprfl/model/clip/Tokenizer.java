package dev.cprfl.model.clip;

import dev.cprfl.tensor.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * CLIP's tokenizer (OpenAI's {@code simple_tokenizer}): a text is repaired ({@link TextFixes}), freed of HTML references
 * twice, stripped of needless blanks and put in small letters; then it is cut into words, digits and signs, and each of these
 * into {@link BytePairs}. A start and an end token stand around them.
 */
public final class Tokenizer {

    /** Tokens in OpenAI's vocabulary. */
    public static final int VOCABULARY = 49408;

    /** Tokens that a text may have in OpenAI's networks, start and end included. */
    public static final int CONTEXT = 77;

    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final int SPECIAL = 2;

    /** Python's white space, as an expression. */
    static final String BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]";

    private static final Pattern BLANKS = Pattern.compile(BLANK + "+");

    /**
     * The case is ignored, as OpenAI's expression says. On small letters that changes two things: the long s is an s; and the
     * iota below (U+0345), no letter itself but a small form of one, belongs to no set and falls away.
     */
    private static final Pattern WORD = Pattern.compile(
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}"
                    + "|[^\\s\\p{L}\\p{N}\\x{345}]+",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    private final BytePairs pairs;

    private Tokenizer(BytePairs pairs) {
        this.pairs = pairs;
    }

    /**
     * Reads the vocabulary from a file of {@link #find}'s kinds.
     *
     * @param vocabulary tokens in all: {@link #VOCABULARY}, or rows of a checkpoint's table
     * @throws UserException if the file cannot be read, is malformed or holds too few merges
     */
    public static Tokenizer read(Path file, int vocabulary) {
        int wanted = vocabulary - BytePairs.BYTES - SPECIAL;
        if (wanted < 0) {
            throw new UserException("a vocabulary of " + vocabulary + " tokens is not CLIP's: the bytes alone make "
                    + (BytePairs.BYTES + SPECIAL));
        }
        List<Merge> merges = MergeFile.read(file, wanted);
        if (merges.size() < wanted) {
            throw new UserException(file + " holds " + merges.size() + " merges; a vocabulary of " + vocabulary
                    + " tokens needs " + wanted);
        }
        BytePairs pairs = new BytePairs(merges, file.toString());
        Map<String, Integer> numbers = MergeFile.vocabulary(file);
        if (!numbers.isEmpty()) {
            pairs.requireNumbers(numbers, file.endsWith("merges.txt")
                    ? file.resolveSibling(MergeFile.VOCABULARY).toString()
                    : file + " (model.vocab)");
        }
        return new Tokenizer(pairs);
    }

    /**
     * Looks for the file of the vocabulary, which comes with a CLIP checkpoint and is not part of this project.
     *
     * @param folders where to look, in this order
     * @throws UserException if there is none; says which file to put where
     */
    public static Path find(Path... folders) {
        for (Path folder : folders) {
            for (String name : MergeFile.NAMES) {
                if (Files.isRegularFile(folder.resolve(name))) {
                    return folder.resolve(name);
                }
            }
        }
        throw new UserException("CLIP's vocabulary is missing: put " + String.join(", ", MergeFile.NAMES.subList(0, 3))
                + " or " + MergeFile.NAMES.getLast() + " of the checkpoint into the folder "
                + String.join(" or ", Arrays.stream(folders).map(Path::toString).toList()) + ", or name it by --bpe");
    }

    /** The number of the end token, the highest of all. */
    public int end() {
        return pairs.size() + 1;
    }

    /** The tokens of a text with start and end, as many as there are. */
    public int[] encode(String text) {
        IntStream.Builder tokens = IntStream.builder();
        tokens.add(pairs.size());
        Matcher words = WORD.matcher(clean(text));
        while (words.find()) {
            switch (words.group()) {
                case START -> tokens.add(pairs.size());
                case END -> tokens.add(end());
                case String word -> Arrays.stream(pairs.encode(word)).forEach(tokens::add);
            }
        }
        return tokens.add(end()).build().toArray();
    }

    /**
     * The tokens of a text, cut to a length where they are more: then the last one is the end token.
     *
     * @param context the longest length allowed
     * @param truncate whether a longer text is cut
     * @throws UserException if the text is longer and shall not be cut
     */
    public int[] encode(String text, int context, boolean truncate) {
        int[] tokens = encode(text);
        if (tokens.length <= context) {
            return tokens;
        }
        if (!truncate) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
            throw new UserException("the text '" + shown + "' has " + tokens.length + " tokens, CLIP takes " + context
                    + ": shorten it, or let it be cut by --truncate");
        }
        int[] cut = Arrays.copyOf(tokens, context);
        cut[context - 1] = end();
        return cut;
    }

    /** The text as it is cut into words. */
    static String clean(String text) {
        String plain = HtmlEntities.unescape(HtmlEntities.unescape(TextFixes.fix(text)));
        return LowerCase.of(BLANKS.matcher(plain).replaceAll(" ").strip());
    }
}
