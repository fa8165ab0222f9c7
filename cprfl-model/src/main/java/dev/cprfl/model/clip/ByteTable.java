package dev.cprfl.model.clip;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A table of one byte a character, with which text is decoded by mistake. Windows' tables are here as programs use them: a
 * byte without a character stands for itself. In these, byte 1A moreover stands for U+FFFD, the mark of a lost character.
 */
final class ByteTable {

    static final ByteTable LATIN_1 = new ByteTable("ISO-8859-1");
    static final ByteTable WINDOWS_1252 = new ByteTable("windows-1252");

    /** Bytes 80 to FF as characters; a Java runtime need not have this one. */
    static final ByteTable MAC_ROMAN = new ByteTable("\0".repeat(128)
            + "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø"
            + "¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ", false);

    /** The tables that turn UTF-8 into letters where letters are and signs where signs are. */
    static final List<ByteTable> LATIN_LIKE = List.of(LATIN_1, WINDOWS_1252, new ByteTable("windows-1251"),
            new ByteTable("windows-1250"), new ByteTable("windows-1253"), new ByteTable("windows-1254"),
            new ByteTable("windows-1257"));

    /** The others that are tried, after those. */
    static final List<ByteTable> OTHERS = List.of(new ByteTable("ISO-8859-2"), MAC_ROMAN, new ByteTable("IBM437"));

    private static final char LOST = '\uFFFD';

    private final String characters;
    private final boolean marksLoss;
    private final Map<Character, Character> bytes = new HashMap<>();

    private ByteTable(String charset) {
        this(characters(Charset.forName(charset)), charset.startsWith("windows"));
    }

    /** @param table 256 characters, of which the first half does not count: it is ASCII */
    private ByteTable(String table, boolean marksLoss) {
        this.marksLoss = marksLoss;
        StringBuilder all = new StringBuilder();
        for (char code = 0; code < 256; code++) {
            boolean itself = code < 0x80 || table.charAt(code) == LOST;
            char character = itself ? code : table.charAt(code);
            all.append(marksLoss && code == 0x1A ? LOST : character);
            bytes.put(all.charAt(code), code);
        }
        characters = all.toString();
    }

    private static String characters(Charset charset) {
        byte[] all = new byte[256];
        for (int code = 0; code < 256; code++) {
            all[code] = (byte) code;
        }
        return new String(all, charset);
    }

    /** Whether byte 1A stands for a character that was lost. */
    boolean marksLoss() {
        return marksLoss;
    }

    /** @param code 0 to 255 */
    char character(int code) {
        return characters.charAt(code);
    }

    /** The characters of the bytes {@code from} to {@code to - 1}. */
    String characters(int from, int to) {
        return characters.substring(from, to);
    }

    /** The bytes that were decoded to the text, one in each character, or null if a character has none. */
    String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            Character code = bytes.get(text.charAt(i));
            if (code == null) {
                return null;
            }
            encoded.append(code.charValue());
        }
        return encoded.toString();
    }
}
