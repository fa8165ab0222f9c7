package dev.cprfl.model.clip;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What gives text away that was decoded with the wrong table: neighbours that healthy text next to never has. The groups of
 * characters and the suspicious neighbours are those of ftfy 6 ({@code ftfy.badness}), which knows them from experience.
 */
final class Mojibake {

    // Groups of characters, as the inside of a class of a regular expression.
    private static final String COMMON = "\u00a0\u00ad·´–—―…’";
    private static final String CONTROL = "\\x80-\\x9f";
    private static final String BAD = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº";
    private static final String LAW = "¶§";
    private static final String CURRENCY = "¢£¥₧€";
    private static final String OPENING = "¡«¿©\u0384\u0385‘‚“„•‹\uf8ff";
    private static final String CLOSING = "®»˝”›™";
    private static final String NUMERIC = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
    private static final String FACES = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
    private static final String UPPER = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    private static final String LOWER = "ßà-ñăąāćčďđęěēėğģīįķĺľłļœŕśşšťüźżžґﬁﬂ";
    private static final String UPPER_COMMON = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
    private static final String LOWER_COMMON = "α-ωάέήίΰа-џ";
    private static final String BOX = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";

    private static final String ARABIC = "[ØÙ]" + in(COMMON, CURRENCY, BAD, NUMERIC, OPENING, "ŸŠ®°µ»");

    /** Neighbours of which the first is not ASCII. */
    private static final List<String> RULES = List.of(
            in(CONTROL),
            in(BAD, LOWER, UPPER, BOX, OPENING, CLOSING, CURRENCY, NUMERIC, LAW) + in(BAD),
            in(BAD) + in(LOWER, UPPER, BOX, OPENING, CLOSING, CURRENCY, NUMERIC, LAW),
            in(LOWER, LOWER_COMMON, BOX, CLOSING, CURRENCY, NUMERIC) + in(UPPER),
            in(BOX, CLOSING, CURRENCY, NUMERIC) + in(LOWER),
            in(LOWER, BOX, CLOSING) + in(CURRENCY),
            in(UPPER, BOX) + in(NUMERIC, LAW),
            in(LOWER, UPPER, BOX, CURRENCY, CLOSING) + in(OPENING) + in(NUMERIC),
            in(LOWER, UPPER, CURRENCY, NUMERIC, BOX, LAW) + in(CLOSING) + in(OPENING),
            in(CURRENCY, NUMERIC, BOX) + in(OPENING),
            in(BOX) + in(FACES),
            in(LOWER, UPPER, CURRENCY, NUMERIC, OPENING, CLOSING, LAW) + in(BOX),
            in(BOX) + in(CLOSING),
            in(LOWER, UPPER) + in(OPENING, CLOSING) + "[\\p{L}\\p{N}_]",
            "[Œœ][^A-Za-z]",
            in(UPPER) + "°",
            "[ÂÃÎÐ]" + in("€œŠš¢£Ÿž\u00a0\u00ad®©°·»", OPENING, CLOSING, "–—´"),
            "×[²³]",
            ARABIC + ARABIC,
            // UTF-8 of South Asian scripts in Windows-1252
            "à[²µ¹¼½¾]",
            // UTF-8 in Mac Roman
            "√[±∂†≠®™´≤≥¥µø]", "≈[°¢]", "‚Ä[ìîïòôúùû†°¢π]", "‚[âó][àä°ê]",
            // in Windows-1251; the last one twice
            "вЂ", "[ВГРС]" + in(CONTROL, BAD, OPENING, CLOSING, CURRENCY, "°µ") + "[ВГРС]", "ГўВЂВ[^\\n][A-Za-z ]",
            // letters with an accent, and blanks, in Windows-1252
            "Ã[\u00a0¡]", "^[ÃÂ] ", in(CLOSING) + "Â" + in(" ", OPENING, CLOSING),
            // in Windows-1253 and 1257
            "β€[™\u00a0Ά\u00ad®°]", "[ΒΓΞΟ]" + in(CONTROL, BAD, OPENING, CLOSING, CURRENCY, "°") + "[ΒΓΞΟ]", "ā€");

    /** Those that begin with a letter, a sign or a blank that healthy text is full of. */
    private static final List<String> RULES_AFTER_ASCII = List.of(
            "[a-zA-Z]" + in(LOWER_COMMON, UPPER_COMMON) + in(BAD),
            Tokenizer.BLANK + in(UPPER) + in(CURRENCY),
            "[a-z]" + in(UPPER) + in(OPENING, CURRENCY),
            "[a-z]" + Tokenizer.BLANK + "?[ÃÂ] ",
            "[a-z.,?!]Â" + in(" ", OPENING, CLOSING));

    private static final Pattern SUSPICIOUS = Pattern.compile(
            "(?=[^\\x00-\\x7f])(?:" + String.join("|", RULES) + ")|" + String.join("|", RULES_AFTER_ASCII));

    /** Something of this is in all neighbours of both kinds; most texts, of whatever script, have nothing of it. */
    private static final Pattern NEEDED = Pattern
            .compile(in(CONTROL, BAD, LOWER, UPPER, BOX, OPENING, CLOSING, CURRENCY, NUMERIC, LAW, "Ù°Ђ"));

    /** Signs that continue a character of UTF-8 in the wrong table, but are at home beside any text. */
    private static final String HARMLESS = "–—―‘’‚“”„•…";

    private static final String REST = characters(0x80, 0xC0);

    /** A run of what characters beyond ASCII become in UTF-8, seen through any of the tables; a blank may have been U+00A0. */
    static final Pattern SEQUENCES = Pattern.compile("(?<![" + REST + "&&[^" + HARMLESS + "]])(?:["
            + characters(0xC2, 0xE0) + "][ " + REST + "]|[" + characters(0xE0, 0xF0) + "][ " + REST + "]{2}|["
            + characters(0xF0, 0xF1) + characters(0xF3, 0xF4) + "][ " + REST + "]{3})++");

    private Mojibake() {}

    /** Whether anything in the text is suspicious. */
    static boolean isIn(String text) {
        return NEEDED.matcher(text).find() && SUSPICIOUS.matcher(text).find();
    }

    private static String in(String... groups) {
        return "[" + String.join("", groups) + "]";
    }

    private static String characters(int from, int to) {
        Function<ByteTable, String> part = table -> table.characters(from, to);
        return ByteTable.LATIN_LIKE.stream().map(part).collect(Collectors.joining());
    }
}
