package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Class names alone, without images. */
public final class LabelNames {

    /** Data sets whose names are known: files {@code NAME.txt} beside this class. */
    public static final List<String> BUILT_IN = List.of("coco", "voc");

    private LabelNames() {}

    /**
     * The names in the order of their ids.
     *
     * @param given one of {@link #BUILT_IN}, or a file of lines "name id", or of one name a line
     * @throws UserException if the file cannot be read or holds no name, or a name or id twice
     */
    public static List<String> read(String given) {
        if (BUILT_IN.contains(given)) {
            try (InputStream in = LabelNames.class.getResourceAsStream(given + ".txt")) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            } catch (IOException e) {
                throw new IllegalStateException(given, e);
            }
        }
        Path file = Path.of(given);
        List<TextLine> lines = TextLine.read(file);
        if (!lines.isEmpty() && lines.stream().allMatch(line -> line.text().matches(".+ \\d+"))) {
            return LabelsFile.read(file).names();
        }
        try {
            return new ClassNames(lines.stream().map(TextLine::text).toList()).names();
        } catch (IllegalArgumentException e) {
            throw new UserException(file + ": " + e.getMessage(), e);
        }
    }
}
