package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Pages about runs of two epochs on noise. */
class ReportCommandTest {

    @TempDir
    private static Path folder;

    private static TinyData data;
    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        data = TinyData.write(folder.resolve("data"), 12);
        Files.copy(data.folder().resolve("train.txt"), data.folder().resolve("test.txt"));
        Files.writeString(data.yaml(), "test: test.txt\n", StandardOpenOption.APPEND);
        run = trained("run", "training.pathsEvery=1");
    }

    private static Path trained(String name, String... settings) {
        Path run = folder.resolve(name);
        List<String> line = data.train(run, settings);
        line.addAll(List.of("--set", "training.epochs=2"));
        if (name.equals("linear") || name.equals("random")) {
            int text = line.indexOf("--text-embeddings");
            line.subList(text, text + 2).clear();
        }
        CommandRun done = CommandRun.of(line.toArray());
        assertThat(done.exitCode()).as(done.err()).isZero();
        return run;
    }

    @Test
    void aRunWithItsData() throws IOException {
        Path page = folder.resolve("page.html");
        JsonNode json = CommandRun.of("report", "--run", run, "--data", data.yaml(), "--out", page, "--json").json();
        JsonNode evaluated = CommandRun.of("evaluate", "--run", run, "--data", data.yaml(), "--json").json();
        assertThat(json.get("mAP")).isEqualTo(evaluated.get("mAP"));
        assertThat(json.get("bytes").asLong()).isEqualTo(Files.size(page));
        String html = text(page);
        assertThat(html).contains("Training loss", "Learning rate", "mAP, %", "Two paths to the prompts",
                "traffic light", "bootstrap", "ECE", "Best threshold of each class", "that the training held back",
                "Every tail class has at least one training image of its own", "Hardest images", "Grad-CAM of ",
                "attention of ", "Where the prompts went", "training.seed", "SHA-256", "Origin");
        assertThat(html).doesNotContain("<script", "http", "NaN", "null");
    }

    /** A page without its pictures, whose letters may make any word. */
    private static String text(Path page) throws IOException {
        return Files.readString(page).replaceAll("base64,[A-Za-z0-9+/=]*", "");
    }

    /** Twice the same page, but for what is random nowhere. */
    @Test
    void theSamePageAgain() throws IOException {
        Path first = folder.resolve("first.html");
        Path second = folder.resolve("second.html");
        CommandRun.of("report", "--run", run, "--data", data.yaml(), "--out", first, "--json").json();
        CommandRun.of("report", "--run", run, "--data", data.yaml(), "--out", second, "--threads", 3, "--json").json();
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    @Test
    void withoutDataWhatTheRunKnows() throws IOException {
        CommandRun done = CommandRun.of("report", "--run", run);
        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.err()).contains("without --data");
        assertThat(Files.readString(run.resolve("report.html"))).contains("Training loss", "Where the prompts went",
                "Origin").doesNotContain("<img", "ECE", "Hardest");
    }

    /** Networks without attention, without text, and with thresholds that nothing was held back for. */
    @ParameterizedTest
    @CsvSource({"linear, head=linear", "random, promptInit=random", "simple, promptInit=linear"})
    void theVariantsToo(String name, String setting) throws IOException {
        Path other = trained(name, setting, "selection=last");
        Path page = folder.resolve(name + ".html");
        CommandRun.of("report", "--run", other, "--data", data.yaml(), "--out", page, "--json").json();
        String html = text(page);
        assertThat(html).contains("Grad-CAM of ").doesNotContain("Best threshold", "NaN");
        assertThat(html.contains("attention of ")).isEqualTo(!name.equals("linear"));
        assertThat(html.contains("Where the prompts went")).isEqualTo(!name.equals("linear"));
        CommandRun.of("predict", "--run", other, data.folder().resolve("0.png"), "--json").json();
        CommandRun.of("export", "--run", other, "--out", folder.resolve(name + ".onnx"), "--json").json();
    }

    @Test
    void whatDoesNotFitIsOneLine() throws IOException {
        CommandRun.of("report", "--run", folder).failedWith("is not the folder of a run");
        CommandRun.of("report", "--run", run, "--data", folder.resolve("none.yaml")).failedWith("none.yaml");
        CommandRun.of("report", "--run", run, "--data", data.yaml(), "--split", "dev").failedWith("no split 'dev'");
        CommandRun.of("report", "--run", run, "--data", data.yaml(), "--out", folder).failedWith("is a folder");
        Path broken = folder.resolve("broken");
        Files.createDirectories(broken);
        for (String file : List.of("config.yaml", "classes.json", "provenance.json", "best.safetensors")) {
            Files.copy(run.resolve(file), broken.resolve(file));
        }
        Files.writeString(broken.resolve("metrics.jsonl"), "{\"step\":");
        CommandRun.of("report", "--run", broken, "--data", data.yaml()).failedWith("metrics.jsonl: line 1");
    }

    /** Text is not read where there is no use for it. */
    @Test
    void textThatNobodyReadsIsRefused() {
        CommandRun.of(data.train(folder.resolve("refused"), "head=linear").toArray())
                .failedWith("head: linear", "leave --text-embeddings and --clip out");
    }
}
