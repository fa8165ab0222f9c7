package dev.cprfl.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Columns for a terminal. Numbers and columns marked with a leading '>' in the header are flush right. */
final class TextTable {

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    TextTable(String... headers) {
        right = new boolean[headers.length];
        String[] titles = headers.clone();
        for (int i = 0; i < titles.length; i++) {
            right[i] = titles[i].startsWith(">");
            titles[i] = right[i] ? titles[i].substring(1) : titles[i];
        }
        if (Arrays.stream(titles).anyMatch(title -> !title.isEmpty())) {
            rows.add(titles);
        }
    }

    TextTable row(Object... cells) {
        rows.add(Arrays.stream(cells).map(String::valueOf).toArray(String[]::new));
        return this;
    }

    @Override
    public String toString() {
        int[] widths = IntStream.range(0, right.length)
                .map(i -> rows.stream().mapToInt(row -> row[i].length()).max().orElse(0))
                .toArray();
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String padding = " ".repeat(widths[i] - row[i].length());
                line.append(right[i] ? padding + row[i] : row[i] + padding).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
