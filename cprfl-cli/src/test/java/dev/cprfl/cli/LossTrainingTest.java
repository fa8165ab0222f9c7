package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.training.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every loss trains; the log tells how the two paths pulled at the prompts. */
class LossTrainingTest {

    static final List<String> LOSSES = RunConfig.LOSSES;

    @TempDir
    private static Path folder;

    private static TinyData data;

    @BeforeAll
    static void write() throws IOException {
        data = TinyData.write(folder.resolve("data"), 12);
    }

    @ParameterizedTest
    @FieldSource("LOSSES")
    void trains(String loss) throws IOException {
        Path run = folder.resolve(loss);
        CommandRun done = CommandRun.of(data.train(run, "loss.name=" + loss, "training.epochs=2", "selection=last",
                "training.pathsEvery=2", "data.workers=1").toArray());
        assertThat(done.exitCode()).as(done.err()).isZero();
        List<JsonNode> lines = Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .map(line -> new JsonMapper().readTree(line)).toList();
        // Three steps an epoch: steps 1, 3 and 5 are looked at.
        List<JsonNode> looks = lines.stream().filter(line -> !line.has("epoch")).toList();
        assertThat(looks.stream().map(line -> line.get("step").asInt())).containsExactly(1, 3, 5);
        for (JsonNode look : looks) {
            assertThat(look.get("promptGradientDirect").asDouble()).isPositive();
            assertThat(look.get("promptGradientIndirect").asDouble()).isPositive();
            assertThat(look.get("promptGradientCosine").asDouble()).isBetween(-1.0, 1.0);
        }
        assertThat(lines.stream().filter(line -> line.has("epoch")).map(line -> line.get("loss").asDouble()))
                .hasSize(2).allMatch(Double::isFinite);
    }
}
