package dev.cprfl.model.clip;

import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Entities;

/** Character references of HTML 5, such as {@code &amp;} and {@code &#39;}, as Python's {@code html} and ftfy read them. */
final class HtmlEntities {

    /** What Python's {@code html.unescape} takes for a reference; the semicolon may be missing. */
    private static final Pattern REFERENCE = Pattern
            .compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

    /** What ftfy takes for one. */
    private static final Pattern STRICT = Pattern.compile("&#?[0-9A-Za-z]{1,24};");

    private static final String REPLACEMENT = "\uFFFD";

    private HtmlEntities() {}

    /** Python's {@code html.unescape}. */
    static String unescape(String text) {
        return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(reference(match.group(1))));
    }

    /** ftfy's {@code unescape_html}: only references with their semicolon, and names that were put in capitals. */
    static String unescapeStrict(String text) {
        return STRICT.matcher(text).replaceAll(match -> Matcher.quoteReplacement(strict(match)));
    }

    private static String strict(MatchResult match) {
        String whole = match.group();
        String name = whole.substring(1, whole.length() - 1);
        if (name.startsWith("#")) {
            String character = unescape(whole);
            return character.contains(";") ? whole : character;
        }
        String character = named(name + ";");
        if (character == null && name.equals(name.toUpperCase(Locale.ROOT)) && unescape(whole).equals(whole)) {
            String lower = named(name.toLowerCase(Locale.ROOT) + ";");
            character = lower == null ? null : lower.toUpperCase(Locale.ROOT);
        }
        return character == null ? whole : character;
    }

    /** @param reference without the ampersand */
    private static String reference(String reference) {
        if (reference.startsWith("#")) {
            return numbered(reference.substring(1).replace(";", ""));
        }
        // The longest name that the reference begins with counts.
        for (int end = reference.length(); end > 1; end--) {
            String character = named(reference.substring(0, end));
            if (character != null) {
                return character + reference.substring(end);
            }
        }
        return "&" + reference;
    }

    /** @param name with its semicolon; old names are known without it too */
    private static String named(String name) {
        boolean ended = name.endsWith(";");
        String bare = ended ? name.substring(0, name.length() - 1) : name;
        boolean known = ended ? Entities.isNamedEntity(bare) : Entities.isBaseNamedEntity(bare);
        return known ? Entities.getByName(bare) : null;
    }

    private static String numbered(String digits) {
        boolean hexadecimal = digits.startsWith("x") || digits.startsWith("X");
        String significant = (hexadecimal ? digits.substring(1) : digits).replaceFirst("^0+", "");
        int code = significant.isEmpty()
                ? 0
                : significant.length() > 7
                        ? Integer.MAX_VALUE
                        : Integer.parseInt(significant, hexadecimal ? 16 : 10);
        if (code == 0 || code > Character.MAX_CODE_POINT || (code >= 0xD800 && code <= 0xDFFF)) {
            return REPLACEMENT;
        }
        if (code >= 0x80 && code <= 0x9F) {
            return String.valueOf(ByteTable.WINDOWS_1252.character(code));
        }
        return isInvalid(code) ? "" : Character.toString(code);
    }

    /** The numbers that HTML calls parse errors and Python leaves out. */
    private static boolean isInvalid(int code) {
        return code <= 0x8 || code == 0xB || (code >= 0xE && code <= 0x1F) || code == 0x7F
                || (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    }
}
