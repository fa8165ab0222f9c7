package dev.cprfl.model.data;

import dev.cprfl.model.data.Dataset.CocoSplit;
import dev.cprfl.model.data.Dataset.Layout;
import dev.cprfl.tensor.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * COCO instances files: images, annotations and categories in any order, streamed since the real ones have hundreds of
 * megabytes. Category ids (1 to 90 in COCO, with gaps) become class ids in ascending order, or by name if a labels file is
 * given.
 */
final class CocoFormat {

    private CocoFormat() {}

    static Dataset read(Map<String, CocoSplit> files, Layout layout) {
        NamedSamples samples = new NamedSamples();
        Map<Long, String> first = null;
        for (Map.Entry<String, CocoSplit> split : files.entrySet()) {
            Path file = layout.folder().resolve(split.getValue().annotations()).normalize();
            Path images = layout.root().resolve(split.getValue().images());
            Instances instances = Instances.read(file);
            if (first != null && !first.equals(instances.categories)) {
                throw new UserException(file + ": the categories differ from those of the split before it");
            }
            first = instances.categories;
            samples.startSplit(split.getKey());
            instances.addTo(samples, images);
        }
        Optional<ClassNames> categories = first == null ? Optional.empty() : Optional.of(classNames(first));
        return samples.toDataset(layout.labels().or(() -> categories));
    }

    private static ClassNames classNames(Map<Long, String> categories) {
        try {
            return new ClassNames(List.copyOf(categories.values()));
        } catch (IllegalArgumentException e) {
            throw new UserException("COCO categories: " + e.getMessage(), e);
        }
    }

    /** What the labels need of one file. */
    private static final class Instances {

        private final Path file;
        private final Map<Long, String> images = new LinkedHashMap<>();
        private final Map<Long, Set<Long>> categoriesOfImage = new HashMap<>();
        private final TreeMap<Long, String> categories = new TreeMap<>();

        private Instances(Path file) {
            this.file = file;
        }

        static Instances read(Path file) {
            if (!Files.isRegularFile(file)) {
                throw new UserException(file + ": no such file");
            }
            Instances instances = new Instances(file);
            try (JsonParser json = new JsonMapper().createParser(file)) {
                instances.read(json);
            } catch (JacksonException e) {
                throw new UserException(file + ":" + e.getLocation().getLineNr() + ": not a COCO instances file: "
                        + e.getOriginalMessage().lines().findFirst().orElse(""), e);
            }
            return instances;
        }

        private void read(JsonParser json) {
            expect(json.nextToken() == JsonToken.START_OBJECT, json, "expected an object");
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String section = json.currentName();
                JsonToken start = json.nextToken();
                switch (section) {
                    case "images", "annotations", "categories" -> {
                        expect(start == JsonToken.START_ARRAY, json, "'" + section + "' is not an array");
                        while (json.nextToken() != JsonToken.END_ARRAY) {
                            readEntry(json, section);
                        }
                    }
                    default -> json.skipChildren();
                }
            }
        }

        private void readEntry(JsonParser json, String section) {
            expect(json.currentToken() == JsonToken.START_OBJECT, json,
                    "an entry of '" + section + "' is not an object");
            Map<String, Long> numbers = new HashMap<>();
            Map<String, String> texts = new HashMap<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = json.currentName();
                switch (json.nextToken()) {
                    case VALUE_NUMBER_INT -> numbers.put(key, json.getLongValue());
                    case VALUE_STRING -> texts.put(key, json.getString());
                    default -> json.skipChildren();
                }
            }
            boolean isNew = switch (section) {
                case "images" ->
                    images.putIfAbsent(required(numbers, "id", json), required(texts, "file_name", json)) == null;
                case "categories" ->
                    categories.putIfAbsent(required(numbers, "id", json), required(texts, "name", json)) == null;
                default -> {
                    categoriesOfImage.computeIfAbsent(required(numbers, "image_id", json), _ -> new TreeSet<>())
                            .add(required(numbers, "category_id", json));
                    yield true;
                }
            };
            expect(isNew, json, "id " + numbers.get("id") + " occurs twice in '" + section + "'");
        }

        private <T> T required(Map<String, T> values, String key, JsonParser json) {
            expect(values.containsKey(key), json, "an entry has no usable '" + key + "'");
            return values.get(key);
        }

        private void expect(boolean fulfilled, JsonParser json, String otherwise) {
            if (!fulfilled) {
                throw new UserException(file + ":" + json.currentTokenLocation().getLineNr() + ": " + otherwise);
            }
        }

        void addTo(NamedSamples samples, Path folder) {
            for (Map.Entry<Long, Set<Long>> entry : categoriesOfImage.entrySet()) {
                if (!images.containsKey(entry.getKey())) {
                    throw new UserException(
                            file + ": an annotation names image " + entry.getKey() + ", which is not listed");
                }
            }
            images.forEach((id, name) -> {
                List<String> names = new ArrayList<>();
                for (Long category : categoriesOfImage.getOrDefault(id, Set.of())) {
                    if (!categories.containsKey(category)) {
                        throw new UserException(
                                file + ": image " + id + " has category " + category + ", which is not listed");
                    }
                    names.add(categories.get(category));
                }
                samples.add(folder.resolve(name), names, file + ": image " + id);
            });
        }
    }
}
