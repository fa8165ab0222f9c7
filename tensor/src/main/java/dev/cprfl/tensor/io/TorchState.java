package dev.cprfl.tensor.io;

import dev.cprfl.tensor.io.PickleObjects.Dict;
import dev.cprfl.tensor.io.PickleObjects.Instance;
import dev.cprfl.tensor.io.PickleObjects.Sequence;
import dev.cprfl.tensor.io.PickleObjects.Tuple;
import dev.cprfl.tensor.io.PickleObjects.View;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the weights in what a checkpoint's pickle built. A dict of tensors is taken as it is; one that has it under
 * {@code state_dict}, {@code model_state_dict} or {@code model} gives only that; dicts within it are joined with dots. An
 * optimizer's state is never taken for weights. TorchScript's modules give their tensors under the names of their attributes.
 */
final class TorchState {

    private static final List<String> CONTAINERS = List.of("state_dict", "model_state_dict", "model");
    private static final String OPTIMIZER = "optim";
    private static final int MAX_DEPTH = 64;
    private static final int MAX_TEXT = 60;

    private final Budget budget;
    private final Map<String, View> views = new LinkedHashMap<>();
    private final Map<String, String> leftOut = new LinkedHashMap<>();

    TorchState(Budget budget) {
        this.budget = budget;
    }

    /** The weights by name. */
    Map<String, View> views() {
        return views;
    }

    /** What else there was, described. */
    Map<String, String> leftOut() {
        return leftOut;
    }

    /** @throws IllegalArgumentException if there are no weights, or two of one name */
    void collect(Object root) {
        switch (root) {
            case View view -> views.put(WeightFile.ARRAY, view);
            case Dict dict -> collectContainer("", dict, 0);
            case Instance module -> collectModule("", module, 0);
            default -> throw new IllegalArgumentException(
                    "it holds " + describe(root) + ", not a dict of tensors; save model.state_dict()");
        }
        if (views.isEmpty()) {
            throw new IllegalArgumentException(
                    "it holds " + describe(root) + " without any tensor to take as a weight");
        }
    }

    /** Takes the weights of a checkpoint that keeps them under one of the usual keys, or else of the dict itself. */
    private void collectContainer(String prefix, Dict dict, int depth) {
        for (String key : CONTAINERS) {
            if (dict.items.get(key) instanceof Dict inner && depth < MAX_DEPTH) {
                collectContainer(prefix + key + ".", inner, depth + 1);
                if (!views.isEmpty()) {
                    dict.items.forEach((other, value) -> {
                        if (!key.equals(other)) {
                            leaveOut(prefix + name(other), value);
                        }
                    });
                    return;
                }
                leftOut.clear();
            }
        }
        collectDict(prefix, "", dict, 0);
    }

    /**
     * Takes the tensors of a dict and of dicts within it.
     *
     * @param where path of the dict that counts as the state, for what is left out
     * @param prefix of the tensors' names
     */
    private void collectDict(String where, String prefix, Dict dict, int depth) {
        dict.items.forEach((key, value) -> {
            String name = prefix + name(key);
            take(name);
            if (value instanceof View view && key instanceof String) {
                if (views.put(name, view) != null) {
                    throw new IllegalArgumentException("two tensors are named " + name);
                }
            } else if (!(value instanceof Dict inner) || !holdsState(key, inner, depth)
                    || !collectInner(where, name, inner, depth)) {
                leaveOut(where + name, value);
            }
        });
    }

    private boolean collectInner(String where, String name, Dict inner, int depth) {
        int before = views.size();
        collectDict(where, name + ".", inner, depth + 1);
        return views.size() > before;
    }

    private static boolean holdsState(Object key, Dict inner, int depth) {
        return key instanceof String name && !name.startsWith(OPTIMIZER) && depth < MAX_DEPTH
                && inner.items.keySet().stream().allMatch(String.class::isInstance);
    }

    private void collectModule(String prefix, Instance module, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("modules within modules beyond a depth of " + MAX_DEPTH);
        }
        if (module.state instanceof Dict attributes) {
            attributes.items.forEach((key, value) -> {
                String name = prefix + name(key);
                take(name);
                if (value instanceof View view) {
                    if (views.put(name, view) != null) {
                        throw new IllegalArgumentException("two tensors are named " + name);
                    }
                } else if (value instanceof Instance inner) {
                    collectModule(name + ".", inner, depth + 1);
                }
            });
        }
    }

    private void leaveOut(String name, Object value) {
        take(name);
        leftOut.put(name, describe(value));
    }

    /** Pays for a name; so dicts that share dicts cannot multiply without end. */
    private void take(String name) {
        if (!budget.take(128 + 2L * name.length())) {
            throw new IllegalArgumentException("the names of its tensors take more than a file of this size warrants");
        }
    }

    private static String name(Object key) {
        String name = key instanceof String || key instanceof Number ? key.toString() : describe(key);
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException("the name " + name + " is no text");
        }
        return name;
    }

    private static String describe(Object value) {
        return switch (value) {
            case String text -> "\"" + shorten(text, MAX_TEXT) + "\"";
            case Dict dict -> "a dict of " + dict.items.size();
            case Sequence list -> "a list of " + list.items.size();
            case Tuple tuple -> "a tuple of " + tuple.items.size();
            case View view -> "a tensor";
            case Instance instance -> "an object of class " + shorten(instance.type, MAX_TEXT);
            case byte[] bytes -> bytes.length + " bytes";
            case PickleObjects.Global global -> "the class " + shorten(global.name(), MAX_TEXT);
            default -> shorten(value.toString(), MAX_TEXT);
        };
    }

    private static String shorten(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "...";
    }
}
