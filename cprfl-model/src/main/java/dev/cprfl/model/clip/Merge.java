package dev.cprfl.model.clip;

import dev.cprfl.tensor.UserException;

/** Two symbols that become one. The last symbol of a word ends in {@code </w>}. */
record Merge(String first, String second) {

    static final String WORD_END = "</w>";

    /**
     * @param line both symbols with a blank between
     * @param place for the message
     * @throws UserException if the line is not that
     */
    static Merge parse(String line, String place) {
        int blank = line.indexOf(' ');
        if (blank < 1 || blank == line.length() - 1 || line.indexOf(' ', blank + 1) >= 0) {
            String shown = line.replaceAll("\\p{Cntrl}", "?");
            throw new UserException(place + ": expected two symbols with a blank between, found '"
                    + (shown.length() > 40 ? shown.substring(0, 40) + "..." : shown) + "'");
        }
        return new Merge(line.substring(0, blank), line.substring(blank + 1));
    }

    String merged() {
        return first + second;
    }
}
