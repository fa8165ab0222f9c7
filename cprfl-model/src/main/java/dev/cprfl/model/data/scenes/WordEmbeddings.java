package dev.cprfl.model.data.scenes;

import dev.cprfl.tensor.Rng;
import java.util.List;
import java.util.Locale;

/**
 * Text embeddings made from the words alone, in the place of a text encoder (E2): names that share a word are related, and
 * nothing else is known about them.
 */
public final class WordEmbeddings {

    /** What all names share, like the "a photo of a" of a prompt. */
    private static final String TEMPLATE = "a photo of a";

    private WordEmbeddings() {}

    /**
     * Embeds class names.
     *
     * @param width m
     * @return W [c, m], row-major; each row has length sqrt(m), the sum of its words' vectors and the template's half
     */
    public static float[] embed(List<String> names, int width) {
        float[] embeddings = new float[names.size() * width];
        for (int row = 0; row < names.size(); row++) {
            double[] sum = new double[width];
            add(0.5, TEMPLATE, sum);
            for (String word : names.get(row).strip().split("\\s+", -1)) {
                add(1, word.toLowerCase(Locale.ROOT), sum);
            }
            double length = length(sum);
            for (int i = 0; i < width; i++) {
                embeddings[row * width + i] = (float) (sum[i] * Math.sqrt(width) / length);
            }
        }
        return embeddings;
    }

    /** Adds a word's unit vector; its direction is drawn from the word's letters. */
    private static void add(double weight, String word, double[] sum) {
        Rng rng = Rng.of(word.chars().asLongStream().toArray());
        double[] vector = new double[sum.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = rng.nextGaussian();
        }
        double length = length(vector);
        for (int i = 0; i < vector.length; i++) {
            sum[i] += weight * vector[i] / length;
        }
    }

    private static double length(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }
}
