package dev.cprfl.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Guesses what a mistyped name was meant to be. */
public final class NearestName {

    private NearestName() {}

    /** {@code "; did you mean NAME?"} with the known name nearest in edit distance, case aside, or "" if none is known. */
    public static String hint(String unknown, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(name -> distance(lower(unknown), lower(name))))
                .map(name -> "; did you mean " + name + "?").orElse("");
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Insertions, deletions and substitutions that turn one text into the other (Wagner and Fischer 1974). */
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int substitution = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substitution, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[to.length()];
    }
}
