package dev.cprfl.model.prediction;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What the network found in one picture. */
public final class ImagePrediction {

    /**
     * A class with its probability.
     *
     * @param id of the class, from 0
     */
    public record Label(int id, String name, double probability) {}

    private final List<Label> labels;
    private final float[] heatMaps;
    private final int rows;
    private final int columns;

    private ImagePrediction(List<Label> labels, float[] heatMaps, int rows, int columns) {
        this.labels = labels;
        this.heatMaps = heatMaps;
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * @param logits [c]
     * @param heatMaps [c, rows, columns]
     */
    static ImagePrediction of(List<String> names, float[] logits, float[] heatMaps, int rows, int columns) {
        List<Label> labels = IntStream.range(0, logits.length)
                .mapToObj(id -> new Label(id, names.get(id), 1 / (1 + Math.exp(-logits[id]))))
                .sorted(Comparator.comparingDouble(label -> -label.probability))
                .toList();
        return new ImagePrediction(labels, heatMaps, rows, columns);
    }

    /** All classes, the most probable first; of equal ones the lower id. */
    public List<Label> labels() {
        return labels;
    }

    /**
     * Where the network looked for a class: [rows, columns], the attention that the class's prompt paid to each part of the
     * picture, the mean over the heads of the last layer.
     */
    public float[] heatMap(Label label) {
        int length = rows * columns;
        return Arrays.copyOfRange(heatMaps, label.id * length, (label.id + 1) * length);
    }

    /** Rows of a heat map. */
    public int rows() {
        return rows;
    }

    /** Columns of a heat map. */
    public int columns() {
        return columns;
    }
}
