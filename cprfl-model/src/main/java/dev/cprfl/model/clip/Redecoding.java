package dev.cprfl.model.clip;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Decodes text again that was decoded with the wrong table, as ftfy's {@code fix_encoding} does: UTF-8 that was read through a
 * table of one byte a character, once or several times, as a whole or in parts; of its bytes some may be lost.
 */
final class Redecoding {

    private static final List<ByteTable> TABLES = Stream
            .concat(ByteTable.LATIN_LIKE.stream(), ByteTable.OTHERS.stream())
            .toList();

    private static final Pattern C1_CONTROL = Pattern.compile("[\\x80-\\x9f]");

    // Bytes, one in each character.

    /** UTF-8 that is likely once a blank in it becomes byte A0, which looks like one. */
    private static final Pattern BLANK_FOR_A0 = Pattern.compile("[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] "
            + "|[\\xe2\\xe3] [\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf]|[\\xe0-\\xe3][\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf] "
            + "|\\xf0(?: [\\x80-\\xbf]{2}|[\\x80-\\xbf] [\\x80-\\xbf]|[\\x80-\\xbf]{2} )");

    /** The word à, after which a blank is missing, unless it is the beginning of a Portuguese one. */
    private static final Pattern A_GRAVE = Pattern.compile("\\xc3 (?! |quele|quela|quilo|s )");

    /** UTF-8 of which bytes are lost: 1A, and where it is in little doubt one question mark. */
    private static final Pattern LOSSY = Pattern.compile("[\\xc2-\\xdf]\\x1a|[\\xc2\\xc3]\\?"
            + "|\\xed[\\xa0-\\xaf](?:[\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]|[\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?])"
            + "|[\\xe0-\\xef](?:[\\x1a?][\\x1a\\x80-\\xbf]|[\\x1a\\x80-\\xbf][\\x1a?])"
            + "|[\\xf0-\\xf4](?:[\\x1a?][\\x1a\\x80-\\xbf]{2}|[\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]"
            + "|[\\x1a\\x80-\\xbf]{2}[\\x1a?])|\\x1a");

    /** U+FFFD in UTF-8. */
    private static final String LOST = "\u00ef\u00bf\u00bd";

    /**
     * What ftfy takes for UTF-8 though it is not: zero in two bytes as Java writes it, and halves of characters beyond U+FFFF
     * one by one. Its {@code $} also holds before a last line feed, which so becomes part of the character.
     */
    private static final Pattern VARIANT = Pattern
            .compile(
                    "\\xc0(?:\\x80|\\n\\z)|\\xed([\\xa0-\\xaf])([\\x80-\\xbf])\\xed([\\xb0-\\xbf])([\\x80-\\xbf]|\\n\\z)");

    private Redecoding() {}

    /** The text as it was meant, as far as can be told. */
    static String apply(String text) {
        String now = text;
        String before;
        do {
            before = now;
            now = step(now);
        } while (!now.equals(before));
        return now;
    }

    /** Bytes 80 to 9F, which are controls in Latin-1, as Windows-1252 has them. */
    static String withoutC1Controls(String text) {
        return C1_CONTROL.matcher(text)
                .replaceAll(control -> String.valueOf(ByteTable.WINDOWS_1252.character(control.group().charAt(0))));
    }

    private static String step(String text) {
        if (text.chars().allMatch(c -> c < 0x80) || !Mojibake.isIn(text)) {
            return text;
        }
        for (ByteTable table : TABLES) {
            String bytes = table.encode(text);
            String decoded = bytes == null ? null : decode(mended(bytes, table));
            if (decoded != null) {
                return decoded;
            }
        }
        String mended = Mojibake.SEQUENCES.matcher(text)
                .replaceAll(part -> Matcher.quoteReplacement(embedded(part.group(), text)));
        return mended.equals(text) ? withoutC1Controls(text) : mended;
    }

    private static String embedded(String part, String text) {
        return part.length() < text.length() && Mojibake.isIn(part) ? apply(part) : part;
    }

    private static String mended(String bytes, ByteTable table) {
        String mended = bytes;
        // In Mac Roman that would be an en dash and a blank.
        if (table != ByteTable.MAC_ROMAN && BLANK_FOR_A0.matcher(mended).find()) {
            mended = A_GRAVE.matcher(mended).replaceAll("\u00c3\u00a0 ");
            mended = BLANK_FOR_A0.matcher(mended).replaceAll(part -> part.group().replace(' ', '\u00a0'));
        }
        return table.marksLoss() ? LOSSY.matcher(mended).replaceAll(LOST) : mended;
    }

    /** The text in UTF-8 or its variants, or null if it is not well-formed. */
    private static String decode(String bytes) {
        StringBuilder text = new StringBuilder();
        Matcher variants = VARIANT.matcher(bytes);
        int start = 0;
        try {
            while (variants.find()) {
                text.append(utf8(bytes.substring(start, variants.start())))
                        .appendCodePoint(variants.group(1) == null ? 0 : codePoint(variants));
                start = variants.end();
            }
            return text.append(utf8(bytes.substring(start))).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String utf8(String bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder()
                .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1))).toString();
    }

    private static int codePoint(Matcher halves) {
        int[] bytes = {halves.group(1).charAt(0) & 0xF, halves.group(2).charAt(0) & 0x3F,
            halves.group(3).charAt(0) & 0xF,
            halves.group(4).charAt(0) & 0x3F};
        return 0x10000 + (bytes[0] << 16) + (bytes[1] << 10) + (bytes[2] << 6) + bytes[3];
    }
}
