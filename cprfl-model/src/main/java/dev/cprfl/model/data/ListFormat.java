package dev.cprfl.model.data;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The official lists: a line {@code path id id ...} per image; an image without labels has only its path. */
final class ListFormat {

    private ListFormat() {}

    static Dataset read(Map<String, String> lists, Path root, Path folder, ClassNames classes) {
        Map<String, List<Sample>> splits = new LinkedHashMap<>();
        lists.forEach((split, list) -> splits.put(split, TextLine.read(folder.resolve(list).normalize()).stream()
                .map(line -> sample(line, root, classes)).toList()));
        return new Dataset(classes.names(), splits);
    }

    /** Ids are the numbers at the end; a path may hold blanks, but its last word has a dot, as file names do. */
    private static Sample sample(TextLine line, Path root, ClassNames classes) {
        String path = line.text().replace('\t', ' ');
        Set<Integer> labels = new TreeSet<>();
        for (int blank = path.lastIndexOf(' '); blank >= 0; blank = path.lastIndexOf(' ')) {
            String word = path.substring(blank + 1);
            if (!word.matches("-?\\d+")) {
                if (word.contains(".")) {
                    break;
                }
                throw line.error("'" + word + "' is not a class id; expected 'path id id ...'");
            }
            if (!labels.add(id(word, line, classes.size()))) {
                throw line.error("class id " + word + " occurs twice");
            }
            path = path.substring(0, blank).stripTrailing();
        }
        return new Sample(root.resolve(path), List.copyOf(labels));
    }

    private static int id(String word, TextLine line, int classes) {
        int id = word.matches("\\d{1,6}") ? Integer.parseInt(word) : -1;
        if (id < 0 || id >= classes) {
            throw line.error("class id " + word + " is out of range; the " + classes + " classes have the ids 0 to "
                    + (classes - 1));
        }
        return id;
    }
}
