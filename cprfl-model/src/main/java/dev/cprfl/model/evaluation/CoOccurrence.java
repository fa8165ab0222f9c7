package dev.cprfl.model.evaluation;

import dev.cprfl.model.data.Samples;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which classes are seen together. A class that never comes alone cannot be told from its company by counting.
 *
 * @param together images that show both classes: [c][c], symmetric; on the diagonal all images of the class
 * @param alone images that show nothing but the class: [c]
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record CoOccurrence(int[][] together, int[] alone) {

    public static CoOccurrence of(Samples samples) {
        int[][] together = new int[samples.classes()][samples.classes()];
        int[] alone = new int[samples.classes()];
        for (int i = 0; i < samples.size(); i++) {
            List<Integer> labels = samples.labels(i).stream().distinct().toList();
            labels.forEach(a -> labels.forEach(b -> together[a][b]++));
            if (labels.size() == 1) {
                alone[labels.getFirst()]++;
            }
        }
        return new CoOccurrence(together, alone);
    }

    /** Ids of the classes that are shown, but never alone. */
    public List<Integer> neverAlone() {
        return IntStream.range(0, alone.length).filter(id -> together[id][id] > 0 && alone[id] == 0).boxed().toList();
    }

    /** The part of the images of class a that show class b too; 0 where no image shows a. */
    public double given(int a, int b) {
        return together[a][a] == 0 ? 0 : (double) together[a][b] / together[a][a];
    }
}
