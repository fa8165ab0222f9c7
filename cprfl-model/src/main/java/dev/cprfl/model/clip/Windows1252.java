package dev.cprfl.model.clip;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;

/** Windows code page 1252 in which the five bytes without a character stand for themselves, as web browsers have it. */
final class Windows1252 {

    private static final String CHARACTERS = characters();
    private static final Map<Character, Byte> BYTES = bytes();

    private Windows1252() {}

    private static String characters() {
        StringBuilder all = new StringBuilder();
        for (int code = 0; code < 256; code++) {
            char c = new String(new byte[]{(byte) code}, Charset.forName("windows-1252")).charAt(0);
            all.append(c == '\uFFFD' ? (char) code : c);
        }
        return all.toString();
    }

    private static Map<Character, Byte> bytes() {
        Map<Character, Byte> bytes = new HashMap<>();
        for (int code = 0; code < 256; code++) {
            bytes.put(CHARACTERS.charAt(code), (byte) code);
        }
        return bytes;
    }

    /** @param code 0 to 255 */
    static char character(int code) {
        return CHARACTERS.charAt(code);
    }

    /** The characters of the bytes {@code from} to {@code to - 1}. */
    static String characters(int from, int to) {
        return CHARACTERS.substring(from, to);
    }

    /** The text's bytes, or null if a character has none. */
    static byte[] encode(String text) {
        byte[] encoded = new byte[text.length()];
        for (int i = 0; i < encoded.length; i++) {
            Byte code = BYTES.get(text.charAt(i));
            if (code == null) {
                return null;
            }
            encoded[i] = code;
        }
        return encoded;
    }
}
