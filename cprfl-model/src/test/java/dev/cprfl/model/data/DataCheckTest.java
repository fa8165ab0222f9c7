package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.GoldenCases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataCheckTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void findsEverythingWrong(int threads) throws IOException {
        Path good = put("good.png", GoldenCases.resource("preproc/px_rgb.png"));
        Path copy = put("copy.png", GoldenCases.resource("preproc/px_rgb.png"));
        Path other = put("other.jpg", GoldenCases.resource("preproc/small_444.jpg"));
        Path text = put("text.jpg", "no picture".getBytes(StandardCharsets.UTF_8));
        Path missing = folder.resolve("missing.jpg");
        Map<String, List<Sample>> splits = new TreeMap<>();
        splits.put("train", List.of(sample(good, 0), sample(missing, 1), sample(text), sample(good, 0)));
        splits.put("test", List.of(sample(copy, 1), sample(other)));

        DataCheck check = DataCheck.of(new Dataset(List.of("cat", "dog"), splits), threads);

        assertThat(check.splits().get("train")).isEqualTo(new DataCheck.Split(4, List.of(2, 1), 1, List.of(missing),
                List.of(text + ": not a JPEG, PNG, GIF, BMP or TIFF image")));
        assertThat(check.splits().get("test"))
                .isEqualTo(new DataCheck.Split(2, List.of(0, 1), 1, List.of(), List.of()));
        assertThat(check.groups()).containsExactly(ClassGroup.TAIL, ClassGroup.TAIL);
        assertThat(check.duplicates()).containsExactly(new DataCheck.Duplicate("test", copy, "train", good, false),
                new DataCheck.Duplicate("train", good, "train", good, true));
        assertThat(check.duplicates().getFirst().acrossSplits()).isTrue();
        assertThat(check.passed()).isFalse();
    }

    @Test
    void emptyLabelsAndTwiceInOneSplitAreNoFailure() throws IOException {
        Path good = put("good.png", GoldenCases.resource("preproc/px_rgb.png"));
        Dataset dataset = new Dataset(List.of("cat"), Map.of("test", List.of(sample(good), sample(good))));
        DataCheck check = DataCheck.of(dataset, 2);
        assertThat(check.passed()).isTrue();
        assertThat(check.duplicates()).hasSize(1);
        assertThat(check.groups()).as("no training counts").isEmpty();
    }

    @Test
    void realPhotosPass() {
        Path coco = GoldenCases.shared("data/coco-mini");
        Dataset dataset = CocoFormat.read(
                Map.of("train", new Dataset.CocoSplit("train2017", "annotations/instances_train2017.json")),
                Dataset.Layout.of(coco, null, null));
        DataCheck check = DataCheck.of(dataset, 2);
        assertThat(check.passed()).isTrue();
        assertThat(check.splits().get("train").withoutLabels()).isEqualTo(1);
        assertThat(check.splits().get("train").classCounts().stream().filter(count -> count > 0)).hasSize(67);
    }

    private static Sample sample(Path image, Integer... labels) {
        return new Sample(image, List.of(labels));
    }

    private Path put(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}
