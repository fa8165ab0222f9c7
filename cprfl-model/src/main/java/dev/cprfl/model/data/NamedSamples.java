package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Samples whose labels are still names, gathered split by split until all names are known. */
final class NamedSamples {

    private record Named(Path image, List<String> names, String where) {}

    private final Map<String, List<Named>> splits = new LinkedHashMap<>();
    private List<Named> current;

    void startSplit(String name) {
        current = new ArrayList<>();
        splits.put(name, current);
    }

    /** @param where what an error message says about the place, such as {@code file:line} */
    void add(Path image, Collection<String> names, String where) {
        current.add(new Named(image, List.copyOf(names), where));
    }

    /**
     * Turns names into ids.
     *
     * @param given class names of a labels file; without one, the classes are the sorted names found
     * @throws UserException if a name is not among the given ones, or there is none at all
     */
    Dataset toDataset(Optional<ClassNames> given) {
        ClassNames classes = given.orElseGet(this::namesFound);
        Map<String, List<Sample>> samples = new LinkedHashMap<>();
        splits.forEach((split, named) -> samples.put(split,
                named.stream().map(one -> new Sample(one.image, ids(one, classes))).toList()));
        return new Dataset(classes.names(), samples);
    }

    private ClassNames namesFound() {
        TreeSet<String> names = new TreeSet<>();
        splits.values().forEach(named -> named.forEach(one -> names.addAll(one.names)));
        if (names.isEmpty()) {
            throw new UserException(
                    "no image of the data set has a label, so there are no classes; give a 'labels' file");
        }
        return new ClassNames(List.copyOf(names));
    }

    private static List<Integer> ids(Named one, ClassNames classes) {
        try {
            return one.names.stream().map(classes::id).toList();
        } catch (IllegalArgumentException e) {
            throw new UserException(one.where + ": " + e.getMessage(), e);
        }
    }
}
