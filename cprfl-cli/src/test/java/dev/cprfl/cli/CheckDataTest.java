package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class CheckDataTest {

    @TempDir
    private Path folder;

    private Path yaml;

    @BeforeEach
    void twoSplits() throws IOException {
        Files.write(folder.resolve("black.png"), ImageWriter.png(Image.blank(4, 4)));
        Files.write(folder.resolve("wide.png"), ImageWriter.png(Image.blank(5, 4)));
        Files.writeString(folder.resolve("labels.txt"), "cat 0\ntraffic light 1\n");
        Files.writeString(folder.resolve("train.txt"), "black.png 0 1\n");
        Files.writeString(folder.resolve("test.txt"), "wide.png\n");
        yaml = Files.writeString(folder.resolve("data.yaml"), """
                format: list
                labels: labels.txt
                train: train.txt
                test: test.txt
                """);
    }

    @Test
    void aGoodDataSetPasses() {
        JsonNode json = CommandRun.of("check-data", yaml, "--json").json();
        assertThat(json.get("passed").asBoolean()).isTrue();
        assertThat(json.get("classNames").toString()).isEqualTo("[\"cat\",\"traffic light\"]");
        assertThat(json.get("splits").get("train").get("classCounts").toString()).isEqualTo("[1,1]");
        assertThat(json.get("splits").get("test").get("withoutLabels").asInt()).isEqualTo(1);
        assertThat(json.get("groups").toString()).isEqualTo("[\"tail\",\"tail\"]");
        assertThat(CommandRun.of("check-data", yaml).out()).contains("traffic light", "nothing is wrong");
    }

    @Test
    void faultsAreListedAndMakeItFail() throws IOException {
        Files.writeString(folder.resolve("broken.jpg"), "no picture");
        Files.writeString(folder.resolve("train.txt"), "black.png 0 1\ngone.png 1\nbroken.jpg 0\n");
        Files.copy(folder.resolve("black.png"), folder.resolve("again.png"));
        Files.writeString(folder.resolve("test.txt"), "again.png 0\n");
        CommandRun run = CommandRun.of("check-data", yaml);
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(run.out()).contains("missing images: 1", "gone.png", "unreadable images: 1", "broken.jpg",
                "black.png equals test", "the data set has faults");
        CommandRun json = CommandRun.of("check-data", yaml, "--json");
        assertThat(json.exitCode()).isEqualTo(Main.FAILED);
        assertThat(json.out()).startsWith("{\"passed\":false,").contains("\"" + folder.resolve("gone.png") + "\"");
    }

    @Test
    void aDescriptionThatDoesNotFitIsOneLine() throws IOException {
        CommandRun.of("check-data", folder.resolve("none.yaml")).failedWith("none.yaml");
        Files.writeString(folder.resolve("train.txt"), "black.png 7\n");
        CommandRun.of("check-data", yaml).failedWith("train.txt", "7");
        Files.delete(folder.resolve("labels.txt"));
        CommandRun.of("check-data", yaml).failedWith("labels.txt");
        Files.writeString(yaml, "format: list\ntrian: train.txt\n");
        CommandRun.of("check-data", yaml).failedWith("trian", "did you mean train?");
    }
}
