package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.PathGradients;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsRead() {
        ScoreTable table = new ScoreTable(2);
        table.add(new double[]{1, 0, 0, 1}, new double[]{1, 0, 1, 0}, 2);
        MultiLabelMetrics metrics = MultiLabelMetrics.of(table, new Prediction(0.5, true), new int[]{3, 300});
        MetricsLog log = new MetricsLog(folder);
        assertThat(MetricsLog.read(folder).epochs()).isEmpty();
        log.add(1, new PathGradients(1.5, 2, 0.25));
        log.add(1, 10, 0.5, 1e-3, null);
        log.add(11, new PathGradients(1, 0, null));
        log.add(2, 20, 0.25, 1e-4, metrics);
        MetricsLog.History history = MetricsLog.read(folder);
        assertThat(history.looks()).containsExactly(new MetricsLog.Look(1, new PathGradients(1.5, 2, 0.25)),
                new MetricsLog.Look(11, new PathGradients(1, 0, null)));
        assertThat(history.epochs()).containsExactly(new MetricsLog.Epoch(1, 10, 0.5, 1e-3, Map.of()),
                new MetricsLog.Epoch(2, 20, 0.25, 1e-4, Map.of("total", 1.0, "tail", 1.0)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"epoch\":1,\"step\":2}", "no json", "{\"step\":2,\"loss\":1", ""})
    void aDamagedLineIsNamed(String line) throws IOException {
        Files.writeString(folder.resolve("metrics.jsonl"),
                "{\"epoch\":1,\"step\":10,\"loss\":1,\"lr\":1}\n" + line + "\n");
        assertThatThrownBy(() -> MetricsLog.read(folder)).isInstanceOf(UserException.class)
                .hasMessageContaining("metrics.jsonl: line 2");
    }
}
