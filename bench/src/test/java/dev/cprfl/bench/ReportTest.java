package dev.cprfl.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    @TempDir
    private Path folder;

    /** The report is written by the process that starts JMH, which has no module of vectors. */
    @Test
    void readsEveryStepWithoutTheModuleOfVectors() throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        lines.add(line("Roofline.ceiling", "FMA"));
        lines.add(line("Roofline.ceiling", "READ"));
        for (Step step : Step.values()) {
            lines.add(line("Steps.ours", step.name()));
        }
        for (Softpluses.Way way : Softpluses.Way.values()) {
            lines.add(line("Softpluses.ours", way.name()));
        }
        Path json = Files.writeString(folder.resolve("jmh.json"), "[" + String.join(",\n", lines) + "]");
        Files.writeString(folder.resolve("RESULTS.md"), "old tables\n\n# On a GPU\n\nmeasured elsewhere\n");
        Path out = folder.resolve("out");
        Process report = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-Dbench.out=" + folder, Report.class.getName(), "--report",
                json.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertThat(report.waitFor(1, TimeUnit.MINUTES)).isTrue();
        String printed = Files.readString(out);
        assertThat(report.exitValue()).as(printed).isZero();
        // 2 x 960^3 operations in a second
        Arrays.stream(Step.values()).forEach(
                step -> assertThat(printed).contains("| " + step.title() + " | ours | 1000.000 ms |  | 1.8 |"));
        Arrays.stream(Softpluses.Way.values()).forEach(way -> assertThat(printed).contains("| " + way.title() + " |"));
        assertThat(folder.resolve("RESULTS.md")).content().contains("## Steps", "## Softpluses")
                .endsWith("\n\n# On a GPU\n\nmeasured elsewhere\n").doesNotContain("old tables");
    }

    private static String line(String benchmark, String shape) {
        return """
                {"benchmark": "dev.cprfl.bench.%s", "params": {"shape": "%s", "threads": "1"},
                 "primaryMetric": {"score": 1, "scoreError": "NaN", "scoreUnit": "s/op"}}""".formatted(benchmark,
                shape);
    }
}
