package dev.cprfl.model.data;

import dev.cprfl.model.NearestName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Class names in the order of their ids, and the way back from a name to its id. */
final class ClassNames {

    private final List<String> names;
    private final Map<String, Integer> ids = new HashMap<>();

    /** @throws IllegalArgumentException if there is no name or one occurs twice */
    ClassNames(List<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no class names");
        }
        this.names = List.copyOf(names);
        for (String name : names) {
            if (ids.putIfAbsent(name, ids.size()) != null) {
                throw new IllegalArgumentException("the class name '" + name + "' occurs twice");
            }
        }
    }

    List<String> names() {
        return names;
    }

    int size() {
        return names.size();
    }

    /** @throws IllegalArgumentException if the name is unknown, naming the nearest one */
    int id(String name) {
        Integer id = ids.get(name);
        if (id == null) {
            throw new IllegalArgumentException("unknown class '" + name + "'" + NearestName.hint(name, names));
        }
        return id;
    }
}
