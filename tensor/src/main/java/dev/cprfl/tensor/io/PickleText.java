package dev.cprfl.tensor.io;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text in pickles: UTF-8, and the escapes of protocol 0. */
final class PickleText {

    private static final char REPLACEMENT = '\uFFFD';

    private PickleText() {}

    /** Text from bytes that must be UTF-8. */
    static String utf8(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        // The replacement of what is malformed may also stand in the bytes themselves.
        if (text.indexOf(REPLACEMENT) >= 0 && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw new IllegalArgumentException("a string is not UTF-8");
        }
        return text;
    }

    /**
     * A string as Python 2 prints it, in quotes.
     *
     * @param line the bytes, each as one character
     */
    static String unescapeString(String line) {
        char quote = line.isEmpty() ? 0 : line.charAt(0);
        int end = line.length() - 1;
        if ((quote != '\'' && quote != '"') || end == 0 || line.charAt(end) != quote) {
            throw new IllegalArgumentException("a string without quotes");
        }
        StringBuilder bytes = new StringBuilder(line.length());
        int i = 1;
        while (i < end) {
            char c = line.charAt(i++);
            if (c != '\\') {
                bytes.append(c);
                continue;
            }
            if (i == end) {
                throw new IllegalArgumentException("a string ends within an escape");
            }
            char escaped = line.charAt(i++);
            switch (escaped) {
                case '\\', '\'', '"' -> bytes.append(escaped);
                case 'n' -> bytes.append('\n');
                case 'r' -> bytes.append('\r');
                case 't' -> bytes.append('\t');
                case 'x' -> {
                    bytes.append((char) hex(line, i, 2, end));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("a string has an unknown escape");
            }
        }
        return utf8(bytes.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Text whose characters beyond Latin 1 are written {@code backslash u1234} or {@code backslash U00012345}. */
    static String unescapeUnicode(String line) {
        StringBuilder text = new StringBuilder(line.length());
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i++);
            char next = c == '\\' && i < line.length() ? line.charAt(i) : 0;
            if (next == 'u' || next == 'U') {
                int digits = next == 'u' ? 4 : 8;
                text.appendCodePoint(hex(line, i + 1, digits, line.length()));
                i += 1 + digits;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static int hex(String line, int at, int digits, int end) {
        if (at + digits > end) {
            throw new IllegalArgumentException("a string ends within an escape");
        }
        return Integer.parseUnsignedInt(line, at, at + digits, 16);
    }
}
