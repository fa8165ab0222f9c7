package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.cli.AblationSuite.Variant;
import dev.cprfl.cli.AblationTable.Cell;
import dev.cprfl.cli.AblationTable.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Ablations of a few steps on noise. */
class AblateCommandTest {

    private static final String SUITE = """
            seeds: 2
            set: ["backbone={block: basic, layers: [1, 1], width: 4}", imageSize=32, jointDim=8, textDim=6, heads=2, headDim=4,
              mlpDim=8, training.lr=0.003, training.batchSize=4, training.epochs=1, selection=last]
            variants:
              - {name: full, about: all of it}
              - {name: plain, set: [head=linear]}
              - {name: drawn, set: [promptInit=random]}
            """;

    @TempDir
    private Path folder;

    private TinyData data;
    private Path suite;
    private Path out;

    @BeforeEach
    void write() throws IOException {
        data = TinyData.write(folder.resolve("data"), 9);
        Files.copy(data.folder().resolve("train.txt"), data.folder().resolve("test.txt"));
        Files.writeString(data.yaml(), "test: test.txt\n", StandardOpenOption.APPEND);
        suite = Files.writeString(folder.resolve("suite.yaml"), SUITE);
        out = folder.resolve("out");
    }

    private CommandRun ablate(Object... more) {
        List<Object> line = new ArrayList<>(List.of("ablate", "--suite", suite, "--data", data.yaml(), "--out", out,
                "--text-embeddings", data.folder().resolve("text.npy")));
        line.addAll(List.of(more));
        return CommandRun.of(line.toArray());
    }

    @Test
    void everyVariantWithEverySeed() throws IOException {
        JsonNode table = ablate("--json").json();
        assertThat(table.get("variants").findValuesAsString("variant")).containsExactly("full", "plain", "drawn");
        assertThat(table.get("cells")).hasSize(6);
        for (JsonNode row : table.get("variants")) {
            double[] totals = table.get("cells").valueStream()
                    .filter(cell -> cell.get("variant").equals(row.get("variant")))
                    .mapToDouble(cell -> cell.get("mAP").get("total").asDouble()).toArray();
            JsonNode total = row.get("mAP").get("total");
            assertThat(total.get("mean").asDouble()).isCloseTo((totals[0] + totals[1]) / 2, within(1e-12));
            assertThat(total.get("std").asDouble()).isCloseTo(Math.abs(totals[0] - totals[1]) / Math.sqrt(2),
                    within(1e-12));
            assertThat(row.get("mAP").get("head").get("mean").isNull()).isTrue();
        }
        JsonNode evaluated = CommandRun.of("evaluate", "--run", out.resolve("plain/seed-2"), "--data", data.yaml(),
                "--json").json();
        assertThat(table.get("cells").valueStream().filter(cell -> cell.get("variant").asString().equals("plain")
                && cell.get("seed").asInt() == 2).findFirst().orElseThrow().get("mAP").get("total").asDouble())
                .isEqualTo(evaluated.get("mAP").get("total").asDouble());
        assertThat(Files.readString(out.resolve("ablation.txt"))).contains("full", "±", "-");
        assertThat(Files.readAllLines(out.resolve("ablation.csv"))).hasSize(4).first().asString()
                .startsWith("variant,seeds,total_mean,total_std,head_mean");
        assertThat(Files.readString(out.resolve("ablation.html"))).contains("all of it", "plain").doesNotContain("NaN");
        assertThat(out.resolve("full/seed-1")).isDirectoryNotContaining("glob:**optimizer-*");
    }

    /** Finished cells are read, an unfinished one goes on from its checkpoint, and the table is that of one go. */
    @Test
    void goesOnWhereItWasStopped() throws IOException {
        JsonNode whole = ablate("--only", "full", "--only", "plain", "--json").json();
        Path again = folder.resolve("again");
        Path first = out;
        out = again;
        ablate("--only", "full", "--seeds", 1, "--json").json();
        // The run of the second cell stopped at its first checkpoint: made by train with the same settings.
        List<String> line = new ArrayList<>(List.of("train", "--data", data.yaml().toString(), "--out",
                again.resolve("full/seed-2").toString(), "--text-embeddings",
                data.folder().resolve("text.npy").toString(), "--config",
                first.resolve("full/seed-2/config.yaml").toString()));
        assertThat(CommandRun.of(line.toArray()).exitCode()).isZero();
        Path done = again.resolve("full/seed-1/result.json");
        Object before = Files.getLastModifiedTime(done);
        CommandRun resumed = ablate("--only", "full", "--only", "plain", "--json");
        assertThat(resumed.json()).isEqualTo(whole);
        assertThat(Files.getLastModifiedTime(done)).isEqualTo(before);
        assertThat(Files.readString(again.resolve("full/seed-2/provenance.json")).split("\"started\"", -1)).hasSize(3);
        CommandRun read = ablate("--only", "full", "--only", "plain", "--json");
        assertThat(read.json()).isEqualTo(whole);
        assertThat(read.err()).doesNotContain("step").contains("4 of 4");
    }

    @Test
    void whatDoesNotFitIsOneLine() throws IOException {
        CommandRun.of("ablate", "--out", out, "--text-embeddings", "t.npy").failedWith("go with --data");
        ablate("--only", "plan").failedWith("--only plan", "plain");
        ablate("--seeds", 0).failedWith("--seeds 0");
        ablate("--set", "training.lr=0").failedWith("variant full", "training.lr must be positive");
        Files.writeString(suite, "variants: [{name: a, set: [cutPath=both]}]");
        ablate().failedWith("variant a", "cutPath must be one of");
        Files.writeString(suite, "variants: [{name: a}, {name: a}]");
        ablate().failedWith("suite.yaml", "two variants are called a");
        Files.writeString(suite, "variants: [{name: ../a}]");
        ablate().failedWith("suite.yaml", "letters, digits");
        Files.writeString(suite, "seeds: 2");
        ablate().failedWith("suite.yaml", "no variants");
        Files.writeString(suite, "variant: [{name: a}]");
        ablate().failedWith("suite.yaml", "variants");
    }

    @Test
    void otherSettingsDoNotMixWithWhatIsThere() {
        ablate("--only", "full", "--seeds", 1, "--json").json();
        ablate("--only", "full", "--seeds", 1, "--set", "training.lr=0.1").failedWith("other settings", "--out");
    }

    @Test
    void theBuiltInSuiteIsWhole() {
        AblationSuite builtIn = AblationSuite.read(null);
        assertThat(builtIn.variants()).extracting(Variant::name).contains("cprfl", "pi-linear", "tau-0.25", "tau-1",
                "cut-direct", "cut-indirect", "loss-bce", "loss-focal", "loss-db", "plain-head", "random-prompts");
        builtIn.variants().forEach(variant -> assertThat(builtIn.config(variant, List.of()).imageSize()).isEqualTo(64));
    }

    @Test
    void spreadsByHand() {
        assertThat(Spread.of(List.of(0.5, 0.7, 0.6))).satisfies(spread -> {
            assertThat(spread.mean()).isCloseTo(0.6, within(1e-15));
            assertThat(spread.std()).isCloseTo(0.1, within(1e-15));
            assertThat(spread.text()).isEqualTo("60.0 ± 10.0");
        });
        assertThat(Spread.of(List.of(0.5)).text()).isEqualTo("50.0");
        assertThat(Spread.of(List.of()).text()).isEqualTo("-");
        AblationTable table = AblationTable.of(List.of(new Variant("a", null, null), new Variant("b", null, null)),
                List.of(new Cell("a", 1, Map.of("total", 0.25))));
        assertThat(table.toCsv()).endsWith("\na,1,0.25,,,,,,,\n");
        assertThat(table.variants()).hasSize(1);
    }
}
