package dev.cprfl.model.clip;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The repairs of the Python library ftfy, which CLIP lets loose on every text: HTML references, text that was decoded with
 * the wrong table, ligatures, full-width letters, curly quotes, line ends, control characters, composed accents.
 *
 * <p>All of {@code ftfy.fix_text} is here except a part of its search for wrongly decoded text. Here a line that is in Latin-1 or
 * Windows-1252 well-formed UTF-8, and shows what Latin, Greek, Cyrillic and East Asian letters, punctuation
 * and emoji turn into, is decoded again as a whole; within a line that is not, the plainest of these sequences are. ftfy knows
 * more such signs, tries eight more encodings, and restores sequences of which bytes were lost.
 */
final class TextFixes {

    /** The characters of the bytes that continue a character of UTF-8. */
    private static final String REST = Windows1252.characters(0x80, 0xC0);

    /** What gives wrongly decoded text away; in healthy text such neighbours are next to never seen. */
    private static final Pattern WRONGLY_DECODED = Pattern.compile("[\\x{80}-\\x{9f}]|[ÂÃÎÐ][" + REST + "&&[^…ŒŽ’¥]]|â["
            + Windows1252.characters(0x80, 0xA0) + "]|ðŸ|[ã-é][" + REST + "&&[^…’”»\\x{a0}]][" + REST + "]");

    /** Wrongly decoded characters within a healthy line; only those that are least in doubt. */
    private static final Pattern EMBEDDED = Pattern.compile("(?<![" + REST + "])(?:[ÂÃÎÐ][" + REST + "&&[^…ŒŽ’¥]]|â["
            + Windows1252.characters(0x80, 0xA0) + "][" + REST + "]|ðŸ[" + REST + "]{2})+");

    private static final Pattern C1_CONTROL = Pattern.compile("[\\x{80}-\\x{9f}]");
    private static final Pattern LIGATURE = Pattern.compile("[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬆ]");
    private static final Pattern WIDTH = Pattern.compile("[\\x{ff01}-\\x{ffef}]");
    private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern SINGLE_QUOTE = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern LINE_BREAK = Pattern.compile("\\r\\n|[\\r\\x{2028}\\x{2029}\\x{85}]");
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\\x1b\\[[\\d;]*[a-zA-Z]");
    private static final Pattern CONTROL = Pattern.compile(
            "[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\x{206a}-\\x{206f}\\x{feff}\\x{fff9}-\\x{fffc}]");

    private TextFixes() {}

    static String fix(String text) {
        StringBuilder fixed = new StringBuilder();
        boolean unescape = true;
        for (int start = 0; start < text.length();) {
            int end = text.indexOf('\n', start) + 1;
            String line = text.substring(start, end == 0 ? text.length() : end);
            unescape &= line.indexOf('<') < 0; // where there are tags, references are meant
            fixed.append(fixLine(line, unescape));
            start += line.length();
        }
        return fixed.toString();
    }

    private static String fixLine(String line, boolean unescape) {
        String before;
        String text = line;
        do {
            before = text;
            text = unescape ? HtmlEntities.unescapeStrict(text) : text;
            text = redecode(text);
            text = replace(C1_CONTROL, text, c -> String.valueOf(Windows1252.character(c.charAt(0))));
            text = replace(LIGATURE, text, TextFixes::ligature);
            text = replace(WIDTH, text.replace('\u3000', ' '), TextFixes::compatible);
            text = SINGLE_QUOTE.matcher(DOUBLE_QUOTE.matcher(text).replaceAll("\"")).replaceAll("'");
            text = LINE_BREAK.matcher(text).replaceAll("\n");
            text = wholeCharacters(text);
            text = CONTROL.matcher(TERMINAL_ESCAPE.matcher(text).replaceAll("")).replaceAll("");
            text = Normalizer.normalize(text, Normalizer.Form.NFC);
        } while (!text.equals(before));
        return text;
    }

    /** What replaces is taken as it is, dollars and backslashes too. */
    private static String replace(Pattern pattern, String text, UnaryOperator<String> replacement) {
        return pattern.matcher(text).replaceAll(match -> Matcher.quoteReplacement(replacement.apply(match.group())));
    }

    /** Text that was decoded with a table of one byte a character, though it was UTF-8, is decoded anew. */
    private static String redecode(String text) {
        String now = text;
        for (String next = redecoded(now); next != null; next = redecoded(now)) {
            now = next;
        }
        return now;
    }

    private static String redecoded(String text) {
        if (!WRONGLY_DECODED.matcher(text).find()) {
            return null;
        }
        String whole = decoded(text);
        if (whole != null) {
            return whole;
        }
        String mended = replace(EMBEDDED, text, part -> Objects.requireNonNullElse(decoded(part), part));
        return mended.equals(text) ? null : mended;
    }

    /** The text from the bytes that it was decoded from, or null if they are not UTF-8. */
    private static String decoded(String text) {
        boolean latin1 = text.chars().allMatch(c -> c < 0x100);
        byte[] bytes = latin1 ? text.getBytes(StandardCharsets.ISO_8859_1) : Windows1252.encode(text);
        try {
            return bytes == null ? null : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** ftfy keeps the long s. */
    private static String ligature(String letter) {
        return letter.equals("ﬅ") ? "\u017ft" : compatible(letter);
    }

    private static String compatible(String character) {
        return Normalizer.normalize(character, Normalizer.Form.NFKC);
    }

    /** Halves of characters beyond U+FFFF become U+FFFD. */
    private static String wholeCharacters(String text) {
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints().map(c -> Character.getType(c) == Character.SURROGATE ? '\uFFFD' : c)
                .forEach(whole::appendCodePoint);
        return whole.toString();
    }
}
