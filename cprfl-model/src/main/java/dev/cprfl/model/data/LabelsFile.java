package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Class names and ids, a line {@code name id} each, in any order; names may hold blanks. */
final class LabelsFile {

    private LabelsFile() {}

    /** @throws UserException if a line is malformed, an id or name occurs twice, or the ids are not 0 to c - 1 */
    static ClassNames read(Path file) {
        List<TextLine> lines = TextLine.read(file);
        String[] names = new String[lines.size()];
        for (TextLine line : lines) {
            int blank = line.text().lastIndexOf(' ');
            String name = line.text().substring(0, Math.max(blank, 0)).strip();
            String id = line.text().substring(blank + 1);
            if (name.isEmpty() || !id.matches("\\d{1,6}")) {
                throw line.error("expected 'name id', found '" + line.text() + "'");
            }
            int number = Integer.parseInt(id);
            if (number >= names.length) {
                throw line.error("class id " + id + " leaves a gap: " + names.length + " classes have the ids 0 to "
                        + (names.length - 1));
            }
            if (names[number] != null) {
                throw line.error("class id " + id + " occurs twice");
            }
            names[number] = name;
        }
        try {
            return new ClassNames(Arrays.asList(names));
        } catch (IllegalArgumentException e) {
            throw new UserException(file + ": " + e.getMessage(), e);
        }
    }
}
