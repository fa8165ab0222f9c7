package dev.cprfl.model.clip;

import java.text.Normalizer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The repairs of the Python library ftfy ({@code ftfy.fix_text} of version 6), which CLIP lets loose on every text: HTML
 * references, text that was decoded with the wrong table ({@link Redecoding}), ligatures, full-width letters, curly quotes,
 * line ends, control characters, composed accents.
 */
final class TextFixes {

    /** Characters that are repaired at once; a longer line is cut. */
    private static final int LONGEST = 1_000_000;

    private static final Pattern LIGATURE = Pattern.compile("[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬆ]");
    private static final Pattern WIDTH = Pattern.compile("[\\x{ff01}-\\x{ffef}]");
    private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern SINGLE_QUOTE = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern LINE_BREAK = Pattern.compile("\\r\\n|[\\r\\x{2028}\\x{2029}\\x{85}]");
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\\x1b\\[[\\p{Nd};]*[a-zA-Z]");
    private static final Pattern CONTROL = Pattern.compile(
            "[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\x{206a}-\\x{206f}\\x{feff}\\x{fff9}-\\x{fffc}]");

    private TextFixes() {}

    static String fix(String text) {
        StringBuilder fixed = new StringBuilder();
        boolean unescape = true;
        for (int start = 0; start < text.length();) {
            int end = text.indexOf('\n', start) + 1;
            String line = upTo(LONGEST, text.substring(start, end == 0 ? text.length() : end));
            unescape &= line.indexOf('<') < 0; // where there are tags, references are meant
            fixed.append(fixLine(line, unescape));
            start += line.length();
        }
        return fixed.toString();
    }

    private static String upTo(int characters, String line) {
        return line.codePointCount(0, line.length()) <= characters
                ? line
                : line.substring(0, line.offsetByCodePoints(0, characters));
    }

    private static String fixLine(String line, boolean unescape) {
        String before;
        String text = line;
        do {
            before = text;
            text = unescape ? HtmlEntities.unescapeStrict(text) : text;
            text = Redecoding.withoutC1Controls(Redecoding.apply(text));
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
