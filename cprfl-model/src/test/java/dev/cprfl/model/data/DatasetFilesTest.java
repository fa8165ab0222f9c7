package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetFilesTest {

    @TempDir
    private Path folder;

    @Test
    void voc() throws IOException {
        write("voc/ImageSets/Main/tv.txt", "a\nb.c\n");
        String xml = "<annotation><object><name>cat</name></object></annotation>";
        write("voc/Annotations/a.xml", xml);
        write("voc/Annotations/b.c.xml", xml);
        Path yaml = write("data.yaml", "format: voc\nroot: voc\ntrain: tv\n");
        assertThat(DatasetFiles.descriptions(yaml, Dataset.read(yaml))).isEqualTo(Map.of(
                "data set", List.of(yaml),
                "list of train", List.of(folder.resolve("voc/ImageSets/Main/tv.txt")),
                "annotations of train", List.of(folder.resolve("voc/Annotations/a.xml"),
                        folder.resolve("voc/Annotations/b.c.xml"))));
    }

    @Test
    void coco() throws IOException {
        Path json = write("some/instances.json", """
                {"images": [{"id": 1, "file_name": "1.jpg"}], "categories": [{"id": 3, "name": "cat"}],
                 "annotations": [{"image_id": 1, "category_id": 3}]}
                """);
        Path yaml = write("data.yaml", "format: coco\ntest: {images: pictures, annotations: some/instances.json}\n");
        Dataset dataset = Dataset.read(yaml);
        assertThat(DatasetFiles.descriptions(yaml, dataset)).isEqualTo(Map.of("data set", List.of(yaml),
                "annotations of test", List.of(json)));
        assertThat(DatasetFiles.images(dataset.split("test"))).isEmpty();
        Path image = write("pictures/1.jpg", "");
        assertThat(DatasetFiles.images(dataset.split("test"))).containsExactly(image);
    }

    @Test
    void csv() throws IOException {
        Path table = write("table.csv", "image,labels\n1.jpg,cat\n");
        Path yaml = write("data.yaml", "format: csv\nval: table.csv\n");
        assertThat(DatasetFiles.descriptions(yaml, Dataset.read(yaml))).isEqualTo(Map.of("data set", List.of(yaml),
                "list of val", List.of(table)));
    }

    private Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
