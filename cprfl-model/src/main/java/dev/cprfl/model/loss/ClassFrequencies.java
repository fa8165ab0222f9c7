package dev.cprfl.model.loss;

import java.util.List;

/**
 * How often each class is seen in training. Comes from the training lists, never from a file of its own.
 *
 * @param images N, training images
 * @param positives n: training images that show each class, by class id
 */
public record ClassFrequencies(int images, List<Integer> positives) {

    /** Number of classes, c. */
    public int classes() {
        return positives.size();
    }

    /**
     * n of a class, half an image away from 0 and from N at least: a class that no training image shows, or all do, would
     * have infinite weights and biases. (The published losses leave such classes open.)
     */
    double positives(int id) {
        return Math.max(0.5, Math.min(images - 0.5, positives.get(id)));
    }
}
