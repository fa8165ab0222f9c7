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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code metrics.jsonl}: a line for each epoch, and between them lines for single steps. It holds no times, so that a resumed run writes the same bytes as an unbroken
 * one.
 */
public final class MetricsLog {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String MAP = "mAP";
    private static final String FILE = "metrics.jsonl";

    /**
     * What a run has written so far.
     *
     * @param epochs and looks in their order
     */
    public record History(List<Epoch> epochs, List<Look> looks) {}

    /** @param meanAveragePrecision on the selection split by total, head, medium, tail; empty where it was not evaluated */
    public record Epoch(int epoch, int step, double loss, double lr, Map<String, Double> meanAveragePrecision) {}

    /** How the two paths of E10 pulled at the prompts in a step. */
    public record Look(int step, PathGradients paths) {}

    private final Path file;

    MetricsLog(Path folder) {
        file = folder.resolve(FILE);
    }

    void add(int epoch, int step, double loss, double lr, MultiLabelMetrics metrics) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("epoch", epoch);
        line.put("step", step);
        line.put("loss", loss);
        line.put("lr", lr);
        if (metrics != null) {
            metrics.map().ifPresent(map -> line.put(MAP, map));
            metrics.mapByGroup().forEach((group, map) -> map.ifPresent(
                    value -> line.put(MAP + "_" + group.name().toLowerCase(Locale.ROOT), value)));
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

    /**
     * What the log of a run holds; nothing where it has none yet.
     *
     * @throws UserException if a line is not one of a log
     */
    public static History read(Path folder) {
        Path file = folder.resolve(FILE);
        History history = new History(new ArrayList<>(), new ArrayList<>());
        if (!Files.exists(file)) {
            return history;
        }
        int number = 0;
        try {
            for (String line : Files.readAllLines(file)) {
                number++;
                add(JSON.readTree(line), history);
            }
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + FileErrors.reason(e), e);
        } catch (JacksonException e) {
            throw new UserException(file + ": line " + number + " is not one of a training's log; the run is damaged",
                    e);
        }
        return history;
    }

    private static void add(JsonNode line, History history) {
        int step = line.required("step").asInt();
        if (!line.has("epoch")) {
            history.looks.add(new Look(step, new PathGradients(line.required("promptGradientDirect").asDouble(),
                    line.required("promptGradientIndirect").asDouble(),
                    line.has("promptGradientCosine") ? line.get("promptGradientCosine").asDouble() : null)));
            return;
        }
        Map<String, Double> means = new LinkedHashMap<>();
        line.properties().forEach(entry -> {
            if (entry.getKey().startsWith(MAP)) {
                means.put(entry.getKey().equals(MAP) ? "total" : entry.getKey().substring(MAP.length() + 1),
                        entry.getValue().asDouble());
            }
        });
        history.epochs.add(new Epoch(line.get("epoch").asInt(), step, line.required("loss").asDouble(),
                line.required("lr").asDouble(), means));
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
