package dev.cprfl.model.data;

import dev.cprfl.model.StrictYaml;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Names the files that a data set is read from, for a record of where numbers come from. */
public final class DatasetFiles {

    private DatasetFiles() {}

    /**
     * Everything but the images, by what it is, in a fixed order.
     *
     * @param yaml that {@code dataset} was read from
     */
    public static Map<String, List<Path>> descriptions(Path yaml, Dataset dataset) {
        Map<String, List<Path>> files = new LinkedHashMap<>();
        files.put("data set", List.of(yaml));
        JsonNode tree = StrictYaml.parse(yaml);
        Path folder = yaml.toAbsolutePath().normalize().getParent();
        if (tree.has("labels")) {
            files.put("labels", List.of(folder.resolve(tree.get("labels").asString())));
        }
        boolean voc = tree.path("format").asString("").equals("voc");
        Path root = folder.resolve(tree.path("root").asString("."));
        dataset.splits().keySet().forEach(split -> {
            JsonNode named = tree.get(split);
            if (voc) {
                files.put("list of " + split,
                        List.of(root.resolve("ImageSets/Main").resolve(named.asString() + ".txt")));
                files.put("annotations of " + split, annotations(root, dataset.split(split)));
            } else if (named.isObject()) {
                files.put("annotations of " + split, List.of(folder.resolve(named.get("annotations").asString())));
            } else {
                files.put("list of " + split, List.of(folder.resolve(named.asString())));
            }
        });
        return files;
    }

    /** The VOC layout: JPEGImages/ID.jpg has Annotations/ID.xml. */
    private static List<Path> annotations(Path root, List<Sample> samples) {
        return samples.stream().map(sample -> root.resolve("Annotations")
                .resolve(sample.image().getFileName().toString().replaceFirst("\\.jpg$", ".xml"))).toList();
    }

    /** The images of a split in their order, without those that are missing. */
    public static List<Path> images(List<Sample> samples) {
        return samples.stream().map(Sample::image).filter(Files::isRegularFile).toList();
    }
}
