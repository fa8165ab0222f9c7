package dev.cprfl.model.clip;

import java.util.Locale;

/**
 * Small letters as Unicode's default mapping and Python have them. Java decides otherwise on a sigma at the end of a word where
 * signs stand beside it.
 */
final class LowerCase {

    private static final int CAPITAL_SIGMA = 0x3A3;

    /** The signs within words (Word_Break MidLetter, MidNumLet and Single_Quote) that count as if they were not there. */
    private static final String WITHIN_WORDS = "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private LowerCase() {}

    static String of(String text) {
        int[] points = text.codePoints().toArray();
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < points.length; i++) {
            lower.append(points[i] != CAPITAL_SIGMA
                    ? Character.toString(points[i]).toLowerCase(Locale.ROOT)
                    : isCased(points, i, -1) && !isCased(points, i, 1) ? "ς" : "σ");
        }
        return lower.toString();
    }

    /** Whether the next character that counts, in a direction, has small and capital letters. */
    private static boolean isCased(int[] points, int from, int step) {
        int i = from + step;
        while (i >= 0 && i < points.length && isIgnorable(points[i])) {
            i += step;
        }
        return i >= 0 && i < points.length && (Character.isLowerCase(points[i]) || Character.isUpperCase(points[i])
                || Character.isTitleCase(points[i]));
    }

    /** Unicode's Case_Ignorable. */
    private static boolean isIgnorable(int point) {
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT, Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL ->
                true;
            default -> WITHIN_WORDS.indexOf(point) >= 0;
        };
    }
}
