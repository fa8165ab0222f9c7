package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A line of a text file that knows where it stands. */
record TextLine(Path file, int number, String text) {

    /**
     * The lines of a UTF-8 file without blanks at their ends; blank lines are left out, and so is a byte order mark. Line
     * ends are LF or CRLF.
     *
     * @throws UserException if the file cannot be read
     */
    static List<TextLine> read(Path file) {
        List<String> texts;
        try {
            texts = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new UserException(file + ": no such file", e);
        } catch (IOException e) {
            throw new UserException(file + ": cannot be read as UTF-8 text (" + e.getMessage() + ")", e);
        }
        List<TextLine> lines = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String text = i == 0 && texts.get(0).startsWith("\uFEFF") ? texts.get(0).substring(1) : texts.get(i);
            if (!text.isBlank()) {
                lines.add(new TextLine(file, i + 1, text.strip()));
            }
        }
        return lines;
    }

    UserException error(String what) {
        return new UserException(file + ":" + number + ": " + what);
    }
}
