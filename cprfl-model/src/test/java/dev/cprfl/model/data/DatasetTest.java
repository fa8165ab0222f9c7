package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each format on files written here, with every way of getting them wrong, and on the real lists where they are. */
class DatasetTest {

    private static final String LIST = "format: list\nroot: pics\nlabels: labels.txt\ntrain: train.txt\n";

    @TempDir
    Path folder;

    // ---- list

    @Test
    void readsListsWithAllTheirOddities() {
        write("labels.txt", "traffic light 1\r\ncat 0 \r\ndog 2");
        write("train.txt", "a.jpg 2 0 \r\nsub/my photo 7.jpg 1\r\n\r\nb.jpg\t0\nempty.jpg");
        Dataset dataset = read(LIST);
        assertThat(dataset.classNames()).containsExactly("cat", "traffic light", "dog");
        assertThat(dataset.split("train")).containsExactly(sample("pics/a.jpg", 0, 2),
                sample("pics/sub/my photo 7.jpg", 1), sample("pics/b.jpg", 0), sample("pics/empty.jpg"));
        assertThat(dataset.classCounts("train")).containsExactly(2, 1, 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a.jpg 0\\nb.jpg 3       | train.txt:2: class id 3 is out of range; the 3 classes have the ids 0 to 2",
        "a.jpg -1                | train.txt:1: class id -1 is out of range",
        "a.jpg 99999999999       | train.txt:1: class id 99999999999 is out of range",
        "\\n\\na.jpg 1 2 1       | train.txt:3: class id 1 occurs twice",
        "a.jpg cat               | train.txt:1: 'cat' is not a class id; expected 'path id id ...'"})
    void saysWhichListLineIsWrong(String list, String message) {
        write("labels.txt", "cat 0\ndog 1\ncow 2\n");
        write("train.txt", list.strip().replace("\\n", "\n"));
        assertFails(LIST, message.strip());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"cat 0\\ndog | labels.txt:2: expected 'name id', found 'dog'",
        "cat 0\\n1 | labels.txt:2: expected 'name id', found '1'",
        "cat 0\\ndog 2 | labels.txt:2: class id 2 leaves a gap",
        "cat 0\\ndog 0 | labels.txt:2: class id 0 occurs twice",
        "cat 0\\ncat 1 | labels.txt: the class name 'cat' occurs twice", "'' | labels.txt: no class names"})
    void saysWhichLabelLineIsWrong(String labels, String message) {
        write("labels.txt", labels.strip().replace("\\n", "\n"));
        write("train.txt", "a.jpg 0\n");
        assertFails(LIST, message.strip());
    }

    @Test
    void listsNeedLabels() {
        write("train.txt", "a.jpg 0\n");
        assertFails("format: list\ntrain: train.txt\n", "dataset.yaml: the format 'list' needs 'labels'");
    }

    // ---- the yaml file itself

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"train: x | dataset.yaml: 'format' is missing",
        "format: lsit | dataset.yaml: unknown format 'lsit'; did you mean list?",
        "{format: voc, trian: x} | dataset.yaml: unknown key 'trian'; did you mean train?",
        "{format: voc} | dataset.yaml: no split; give at least one of 'train', 'val' and 'test'",
        "{format: csv, train: none.csv} | none.csv: no such file",
        "{format: coco, train: {images: x}} | dataset.yaml: train: a coco split needs 'images' and 'annotations'",
        "{format: coco, train: {images: x, anotations: y}} | dataset.yaml: unknown key 'train.anotations'; did you mean",
        "{format: list, labels: none.txt, train: x} | none.txt: no such file"})
    void saysWhatIsWrongWithTheYaml(String yaml, String message) {
        assertFails(yaml, message.strip());
    }

    @Test
    void namesTheSplitsThereAre() {
        write("labels.txt", "cat 0");
        write("train.txt", "a.jpg 0");
        Dataset dataset = read(LIST);
        assertThatThrownBy(() -> dataset.split("tset")).isInstanceOf(UserException.class)
                .hasMessage("the data set has no split 'tset', only [train]");
    }

    // ---- voc

    @Test
    void readsVocWithDifficultObjectsAndParts() {
        write("voc/ImageSets/Main/train.txt", "001\n002  1\n003\n");
        write("voc/Annotations/001.xml", annotation("<object><name>person</name><difficult>1</difficult>"
                + "<part><name>head</name></part></object><object><name>dog</name></object>"
                + "<object><name>dog</name></object>"));
        write("voc/Annotations/002.xml", annotation("<object><name> bird </name></object>"));
        write("voc/Annotations/003.xml", annotation(""));
        Dataset dataset = read("format: voc\nroot: voc\ntrain: train\n");
        assertThat(dataset.classNames()).containsExactly("bird", "dog", "person");
        assertThat(dataset.split("train")).containsExactly(sample("voc/JPEGImages/001.jpg", 1, 2),
                sample("voc/JPEGImages/002.jpg", 0), sample("voc/JPEGImages/003.jpg"));

        write("labels.txt", "person 0\nbird 1\ndog 2\n");
        assertThat(read("format: voc\nroot: voc\nlabels: labels.txt\ntrain: train\n").split("train").getFirst())
                .isEqualTo(sample("voc/JPEGImages/001.jpg", 0, 2));
        write("labels.txt", "person 0\nbrid 1\ndog 2\n");
        assertFails("format: voc\nroot: voc\nlabels: labels.txt\ntrain: train\n",
                "002.xml: unknown class 'bird'; did you mean brid?");
    }

    @Test
    void saysWhichVocFileIsWrong() {
        write("ImageSets/Main/train.txt", "001\n");
        assertFails("format: voc\ntrain: train\n", "train.txt:1: no annotation");
        write("Annotations/001.xml", "<annotation>\n<object><name>cat</object></annotation>");
        assertFails("format: voc\ntrain: train\n", "001.xml:2: not well-formed XML");
        write("Annotations/001.xml", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                + annotation("<object><name>&x;</name></object>"));
        assertThatThrownBy(() -> read("format: voc\ntrain: train\n")).as("no external entities")
                .isInstanceOf(UserException.class);
    }

    // ---- coco

    @Test
    void readsCocoInAnyOrderOfSections() {
        write("a.json",
                """
                        {"info": {"deep": [[{"x": 1}]]},
                         "annotations": [
                           {"id": 1, "image_id": 7, "category_id": 90, "segmentation": [[1, 2, 3]], "bbox": [0, 0, 1, 1]},
                           {"id": 2, "image_id": 7, "category_id": 3, "iscrowd": 1, "segmentation": {"counts": "x", "size": [1]}},
                           {"id": 3, "image_id": 7, "category_id": 3}],
                         "categories": [{"id": 90, "name": "tooth brush"}, {"id": 3, "name": "car"}, {"id": 17, "name": "cat"}],
                         "images": [{"id": 9, "file_name": "b.jpg"}, {"id": 7, "file_name": "a.jpg"}]}
                        """);
        String yaml = "format: coco\ntrain: {images: pics, annotations: a.json}\n";
        Dataset dataset = read(yaml);
        assertThat(dataset.classNames()).containsExactly("car", "cat", "tooth brush");
        assertThat(dataset.split("train")).containsExactly(sample("pics/b.jpg"), sample("pics/a.jpg", 0, 2));

        write("labels.txt", "tooth brush 0\ncat 1\ncar 2\n");
        assertThat(read("labels: labels.txt\n" + yaml).split("train").getLast()).isEqualTo(sample("pics/a.jpg", 0, 2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "[] | a.json:1: expected an object",
        "{'images': 3} | a.json:1: 'images' is not an array",
        "{'images': [{'id': 1, 'file_name': 'a'}, {'id': 1, 'file_name': 'b'}]} | a.json:1: id 1 occurs twice in 'images'",
        "{'categories': [{'id': 1, 'name': 'a'},\\n{'id': 1, 'name': 'b'}]} | a.json:2: id 1 occurs twice in 'categories'",
        "{'images': [{'id': 1}]} | a.json:1: an entry has no usable 'file_name'",
        "{'annotations': [{'image_id': 1, 'category_id': 2}]} | a.json: an annotation names image 1, which is not listed",
        "{'images': [{'id': 1, 'file_name': 'a'}], 'annotations': [{'image_id': 1, 'category_id': 2}]} | a.json: image 1 has category 2",
        "{'images': [{'id': 1, | a.json:1: not a COCO instances file",
        "{'images': [{'id': 1e999, 'file_name': 'x'}]} | a.json:1: an entry has no usable 'id'",
        "{'images': [{'id': 99999999999999999999, 'file_name': 'x'}]} | a.json:1: not a COCO instances file",
        "{'images': [3]} | a.json:1: an entry of 'images' is not an object"})
    void saysWhatIsWrongWithACocoFile(String json, String message) {
        write("a.json", json.strip().replace("\\n", "\n").replace('\'', '"'));
        assertFails("format: coco\ntrain: {images: pics, annotations: a.json}\n", message.strip());
    }

    @Test
    void cocoSplitsShareTheirCategories() {
        write("a.json", "{\"categories\": [{\"id\": 1, \"name\": \"cat\"}]}");
        write("b.json", "{\"categories\": [{\"id\": 1, \"name\": \"dog\"}]}");
        assertFails("format: coco\ntrain: {images: x, annotations: a.json}\ntest: {images: x, annotations: b.json}\n",
                "b.json: the categories differ");
    }

    // ---- csv

    @Test
    void readsCsvWithCells() {
        write("train.csv", "\uFEFFimage,cat,\"dog, big\"\r\na.jpg,1,0\r\n\"b, \"\"c\"\".jpg\",1,1\r\nc.jpg,0,0");
        write("test.csv", "image,\"dog, big\",cat\nd.jpg,1,0\n");
        Dataset dataset = read("format: csv\nroot: pics\ntrain: train.csv\ntest: test.csv\n");
        assertThat(dataset.classNames()).containsExactly("cat", "dog, big");
        assertThat(dataset.split("train")).containsExactly(sample("pics/a.jpg", 0), sample("pics/b, \"c\".jpg", 0, 1),
                sample("pics/c.jpg"));
        assertThat(dataset.split("test")).containsExactly(sample("pics/d.jpg", 1));
    }

    @Test
    void readsCsvWithLabelLists() {
        write("train.csv", "Image,Labels\na.jpg,dog; cat\nb.jpg,\n");
        write("test.csv", "image,labels\nc.jpg,cow\n");
        Dataset dataset = read("format: csv\ntrain: train.csv\ntest: test.csv\n");
        assertThat(dataset.classNames()).containsExactly("cat", "cow", "dog");
        assertThat(dataset.split("train")).containsExactly(sample("a.jpg", 0, 2), sample("b.jpg"));
        assertThat(dataset.split("test")).containsExactly(sample("c.jpg", 1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "~~ | train.csv: is empty",
        "path,cat | train.csv:1: expected a header",
        "image,cat,cat | train.csv:1: the class name 'cat' occurs twice",
        "image,cat,dog\\na.jpg,1 | train.csv:2: has 2 cells, the header 3",
        "image,cat\\na.jpg,yes | train.csv:2: column 'cat' holds 'yes'; expected 0 or 1",
        "image,cat\\n,1 | train.csv:2: no image",
        "image,cat\\n\"a.jpg,1 | train.csv:2: a quote is not closed",
        "image,labels\\na.jpg,cat;cat | train.csv:2: label 'cat' occurs twice",
        "image,labels\\na.jpg, | no image of the data set has a label"})
    void saysWhichCsvLineIsWrong(String csv, String message) {
        write("train.csv", csv.strip().replace("\\n", "\n"));
        assertFails("format: csv\ntrain: train.csv\n", message.strip());
    }

    @Test
    void csvLabelsMustBeKnown() {
        write("train.csv", "image,cat,dgo\na.jpg,1,0\n");
        write("labels.txt", "cat 0\ndog 1\n");
        assertFails("format: csv\nlabels: labels.txt\ntrain: train.csv\n",
                "train.csv:1: unknown class 'dgo'; did you mean dog?");
    }

    @Test
    void refusesTextThatIsNotUtf8() throws IOException {
        Files.write(folder.resolve("train.csv"), new byte[]{'i', 'm', (byte) 0xFF, (byte) 0xFE, '\n'});
        assertFails("format: csv\ntrain: train.csv\n", "train.csv: cannot be read as UTF-8 text");
    }

    // ---- the real thing

    @ParameterizedTest
    @CsvSource({"coco, 1909, 5000, 48", "voc, 1142, 4952, 0"})
    void officialListsHaveTheOfficialCounts(String name, int train, int test, int withoutLabels) {
        Path lists = GoldenCases.shared("data/lt-lists/" + name);
        Dataset dataset = read(
                "format: list\nlabels: " + lists + "/" + name + "_labels.txt\ntrain: " + lists + "/" + name
                        + "_lt_train.txt\ntest: " + lists + "/" + name + "_lt_test.txt\n");
        assertThat(dataset.split("train")).hasSize(train);
        assertThat(dataset.split("test")).hasSize(test);
        assertThat(dataset.split("test").stream().filter(sample -> sample.labels().isEmpty())).hasSize(withoutLabels);
        JsonNode official = new JsonMapper().readTree(lists.resolve("class_freq.json").toFile());
        assertThat(dataset.classCounts("train")).containsExactly(ints(official.get("class_freq")));
        assertThat(dataset.classCounts("test")).containsExactly(ints(official.get("test_class_freq")));

        JsonNode groups = new JsonMapper().readTree(lists.resolve("class_split.json").toFile());
        int[] counts = dataset.classCounts("train");
        for (ClassGroup group : ClassGroup.values()) {
            int[] ids = IntStream.range(0, counts.length).filter(id -> ClassGroup.of(counts[id]) == group).toArray();
            assertThat(ids).as("%s", group)
                    .containsExactlyInAnyOrder(ints(groups.get(group.name().toLowerCase(Locale.ROOT))));
        }
    }

    @Test
    void vocLayoutAndVocListsSayTheSame() {
        Path voc = GoldenCases.shared("data/voc-mini");
        Dataset layout = read("format: voc\nroot: " + voc + "/VOCdevkit/VOC2007\ntrain: train\ntest: test\n");
        Dataset lists = read("format: list\nroot: " + voc + "\nlabels: " + voc + "/lists/voc_labels.txt\ntrain: " + voc
                + "/lists/voc_mini_train.txt\ntest: " + voc + "/lists/voc_mini_test.txt\n");
        assertThat(layout.classNames()).isEqualTo(lists.classNames());
        assertThat(layout.split("train")).hasSize(439).containsExactlyInAnyOrderElementsOf(lists.split("train"));
        assertThat(layout.split("test")).hasSize(154).containsExactlyInAnyOrderElementsOf(lists.split("test"));
    }

    @Test
    void cocoJsonAndCocoListsSayTheSame() {
        Path coco = GoldenCases.shared("data/coco-mini");
        String json = "format: coco\nroot: " + coco + "\ntrain: {images: train2017, annotations: " + coco
                + "/annotations/instances_train2017.json}\ntest: {images: val2017, annotations: " + coco
                + "/annotations/instances_val2017.json}\n";
        Dataset layout = read(json);
        Dataset lists = read(
                "format: list\nroot: " + coco + "\nlabels: " + coco + "/lists/coco_labels.txt\ntrain: " + coco
                        + "/lists/coco_mini_train.txt\ntest: " + coco + "/lists/coco_mini_test.txt\n");
        assertThat(layout.classNames()).isEqualTo(lists.classNames()).hasSize(80);
        assertThat(layout.split("train")).hasSize(64).containsExactlyInAnyOrderElementsOf(lists.split("train"));
        assertThat(layout.split("test")).hasSize(64).containsExactlyInAnyOrderElementsOf(lists.split("test"));
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    private static String annotation(String objects) {
        return "<annotation><owner><name>somebody</name></owner>" + objects + "</annotation>";
    }

    private Sample sample(String image, Integer... labels) {
        return new Sample(folder.resolve(image), List.of(labels));
    }

    private Dataset read(String yaml) {
        write("dataset.yaml", yaml);
        return Dataset.read(folder.resolve("dataset.yaml"));
    }

    private void assertFails(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml)).isInstanceOf(UserException.class).hasMessageContaining(message).message()
                .doesNotContain("\n");
    }

    private void write(String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
