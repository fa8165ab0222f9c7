package dev.cprfl.model.data;

import dev.cprfl.model.NearestName;
import dev.cprfl.model.StrictYaml;
import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Class names and, per split ({@code train}, {@code val}, {@code test}), the images with their labels. Whether the image
 * files exist is not looked at here; see {@link DataCheck}.
 *
 * @param classNames position is the class id
 */
public record Dataset(List<String> classNames, Map<String, List<Sample>> splits) {

    private static final List<String> FORMATS = List.of("list", "voc", "coco", "csv");

    /** What a DATASET.yaml of the formats list, voc and csv may say. */
    private record TextFile(String format, String root, String labels, String train, String val, String test) {}

    /** What a DATASET.yaml of the format coco may say. */
    private record CocoFile(String format, String root, String labels, CocoSplit train, CocoSplit val,
            CocoSplit test) {}

    /** Folder of the images and JSON file of one COCO split. */
    record CocoSplit(String images, String annotations) {}

    /**
     * Where a reader looks.
     *
     * @param folder of the DATASET.yaml; lists and annotations are relative to it
     * @param root image paths are relative to it
     * @param labels the class names of the labels file, if one is given
     */
    record Layout(Path folder, Path root, Optional<ClassNames> labels) {

        static Layout of(Path folder, String root, String labels) {
            return new Layout(folder, root == null ? folder : folder.resolve(root).normalize(),
                    Optional.ofNullable(labels).map(file -> LabelsFile.read(folder.resolve(file).normalize())));
        }
    }

    /**
     * Reads what a DATASET.yaml describes; its paths are relative to the file itself.
     *
     * @throws UserException naming file and line if anything is missing, malformed or contradictory
     */
    public static Dataset read(Path yaml) {
        JsonNode tree = StrictYaml.parse(yaml);
        String format = tree.path("format").asString("");
        if (!FORMATS.contains(format)) {
            throw new UserException(yaml + ": " + (format.isEmpty()
                    ? "'format' is missing; it is one of " + FORMATS
                    : "unknown format '" + format + "'" + NearestName.hint(format, FORMATS)));
        }
        Path folder = yaml.toAbsolutePath().normalize().getParent();
        return format.equals("coco") ? readCoco(tree, yaml, folder) : readText(tree, yaml, folder, format);
    }

    private static Dataset readCoco(JsonNode tree, Path yaml, Path folder) {
        CocoFile file = StrictYaml.bind(tree, CocoFile.class, yaml.toString());
        Map<String, CocoSplit> splits = splits(yaml, file.train, file.val, file.test);
        splits.forEach((name, split) -> {
            if (split.images == null || split.annotations == null) {
                throw new UserException(yaml + ": " + name + ": a coco split needs 'images' and 'annotations'");
            }
        });
        return CocoFormat.read(splits, Layout.of(folder, file.root, file.labels));
    }

    private static Dataset readText(JsonNode tree, Path yaml, Path folder, String format) {
        TextFile file = StrictYaml.bind(tree, TextFile.class, yaml.toString());
        Map<String, String> splits = splits(yaml, file.train, file.val, file.test);
        Layout layout = Layout.of(folder, file.root, file.labels);
        return switch (format) {
            case "list" -> ListFormat.read(splits, layout.root, folder, layout.labels.orElseThrow(
                    () -> new UserException(yaml + ": the format 'list' needs 'labels', a file of lines 'name id'")));
            case "voc" -> VocFormat.read(splits, layout);
            default -> CsvFormat.read(splits, layout);
        };
    }

    private static <T> Map<String, T> splits(Path yaml, T train, T val, T test) {
        Map<String, T> splits = new LinkedHashMap<>();
        splits.put("train", train);
        splits.put("val", val);
        splits.put("test", test);
        splits.values().removeIf(split -> split == null);
        if (splits.isEmpty()) {
            throw new UserException(yaml + ": no split; give at least one of 'train', 'val' and 'test'");
        }
        return splits;
    }

    /** @throws UserException if there is no such split, naming those there are */
    public List<Sample> split(String name) {
        List<Sample> samples = splits.get(name);
        if (samples == null) {
            throw new UserException("the data set has no split '" + name + "', only " + splits.keySet());
        }
        return samples;
    }

    /** Number of images per class in a split, [c]. */
    public int[] classCounts(String split) {
        int[] counts = new int[classNames.size()];
        split(split).forEach(sample -> sample.labels().forEach(label -> counts[label]++));
        return counts;
    }
}
