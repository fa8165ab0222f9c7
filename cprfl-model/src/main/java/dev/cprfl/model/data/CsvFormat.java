package dev.cprfl.model.data;

import dev.cprfl.model.data.Dataset.Layout;
import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Comma-separated files, one line per image: {@code image,CLASS,CLASS,...} with 0 or 1 in each cell, or
 * {@code image,labels} with names split by ';'. A cell may be quoted (RFC 4180), but not run over several lines.
 */
final class CsvFormat {

    private CsvFormat() {}

    static Dataset read(Map<String, String> files, Layout layout) {
        NamedSamples samples = new NamedSamples();
        Optional<ClassNames> classes = layout.labels();
        for (Map.Entry<String, String> split : files.entrySet()) {
            Path file = layout.folder().resolve(split.getValue()).normalize();
            List<TextLine> lines = TextLine.read(file);
            if (lines.isEmpty()) {
                throw new UserException(file + ": is empty; expected a header 'image,...'");
            }
            List<String> header = cells(lines.getFirst());
            if (header.size() < 2 || !header.getFirst().equalsIgnoreCase("image")) {
                throw lines.getFirst().error("expected a header 'image,labels' or 'image,CLASS,CLASS,...'");
            }
            boolean lists = header.size() == 2 && header.get(1).equalsIgnoreCase("labels");
            if (!lists) {
                ClassNames columns = columns(lines.getFirst(), header, classes);
                classes = classes.or(() -> Optional.of(columns));
            }
            samples.startSplit(split.getKey());
            for (TextLine line : lines.subList(1, lines.size())) {
                List<String> cells = cells(line);
                if (cells.size() != header.size()) {
                    throw line.error("has " + cells.size() + " cells, the header " + header.size());
                }
                if (cells.getFirst().isEmpty()) {
                    throw line.error("no image");
                }
                samples.add(layout.root().resolve(cells.getFirst()),
                        lists ? namesIn(line, cells.get(1)) : namesMarked(line, header, cells),
                        line.file() + ":" + line.number());
            }
        }
        return samples.toDataset(classes);
    }

    /** The header's classes; every file has to have the same, in any order. */
    private static ClassNames columns(TextLine line, List<String> header, Optional<ClassNames> known) {
        try {
            ClassNames columns = new ClassNames(header.subList(1, header.size()));
            if (known.isPresent()) {
                columns.names().forEach(known.get()::id);
                known.get().names().forEach(columns::id);
            }
            return columns;
        } catch (IllegalArgumentException e) {
            throw line.error(e.getMessage());
        }
    }

    private static Set<String> namesIn(TextLine line, String cell) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : cell.split(";", -1)) {
            if (!name.isBlank() && !names.add(name.strip())) {
                throw line.error("label '" + name.strip() + "' occurs twice");
            }
        }
        return names;
    }

    private static Set<String> namesMarked(TextLine line, List<String> header, List<String> cells) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 1; i < cells.size(); i++) {
            switch (cells.get(i)) {
                case "1" -> names.add(header.get(i));
                case "0" -> {
                    // absent
                }
                default ->
                    throw line.error("column '" + header.get(i) + "' holds '" + cells.get(i) + "'; expected 0 or 1");
            }
        }
        return names;
    }

    private static List<String> cells(TextLine line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.text().length(); i++) {
            char c = line.text().charAt(i);
            if (c == '"' && quoted && i + 1 < line.text().length() && line.text().charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        if (quoted) {
            throw line.error("a quote is not closed");
        }
        cells.add(cell.toString().strip());
        return cells;
    }
}
