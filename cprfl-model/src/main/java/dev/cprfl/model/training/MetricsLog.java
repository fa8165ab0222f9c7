package dev.cprfl.model.training;

import dev.cprfl.model.PathGradients;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.FileErrors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code metrics.jsonl}: a line for each epoch, and between them lines for single steps. It holds no times, so that a resumed run writes the same bytes as an unbroken
 * one.
 */
final class MetricsLog {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    MetricsLog(Path folder) {
        file = folder.resolve("metrics.jsonl");
    }

    void add(int epoch, int step, double loss, double lr, MultiLabelMetrics metrics) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("epoch", epoch);
        line.put("step", step);
        line.put("loss", loss);
        line.put("lr", lr);
        if (metrics != null) {
            metrics.map().ifPresent(map -> line.put("mAP", map));
            metrics.mapByGroup().forEach((group, map) -> map.ifPresent(
                    value -> line.put("mAP_" + group.name().toLowerCase(Locale.ROOT), value)));
        }
        append(line);
    }

    /** How the two paths of E10 pulled at the prompts in a step. */
    void add(int step, PathGradients paths) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("promptGradientDirect", paths.direct());
        line.put("promptGradientIndirect", paths.indirect());
        if (paths.cosine() != null) {
            line.put("promptGradientCosine", paths.cosine());
        }
        append(line);
    }

    private void append(Map<String, Object> line) {
        try {
            Files.writeString(file, JSON.writeValueAsString(line) + "\n", StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    long length() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Forgets what was written after a checkpoint. */
    void cutTo(long length) {
        if (length() <= length) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private UserException failed(IOException e) {
        return new UserException("cannot write " + file + ": " + FileErrors.reason(e), e);
    }
}
