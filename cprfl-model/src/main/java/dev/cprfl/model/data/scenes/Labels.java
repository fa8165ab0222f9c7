package dev.cprfl.model.data.scenes;

import dev.cprfl.tensor.Rng;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Deals labels to images so that every class gets exactly its number of images and every image a label. */
final class Labels {

    private static final int MOST_PER_IMAGE = 4;

    private Labels() {}

    /**
     * The classes of each image, in no order.
     *
     * @param counts the number of images of each class, none above {@code images}
     * @return [images][labels of the image], between 1 and 4 different class ids each
     */
    static int[][] deal(int[] counts, int images, Rng rng) {
        int[] deck = IntStream.range(0, counts.length)
                .flatMap(category -> IntStream.generate(() -> category).limit(counts[category])).toArray();
        rng.shuffle(deck);
        int[] sizes = new int[images];
        Arrays.fill(sizes, 1);
        for (int i = images; i < deck.length; i++) {
            int image = rng.nextInt(images);
            while (sizes[image] == MOST_PER_IMAGE) {
                image = rng.nextInt(images);
            }
            sizes[image]++;
        }
        int[][] labels = new int[images][];
        int dealt = 0;
        for (int i = 0; i < images; i++) {
            labels[i] = Arrays.copyOfRange(deck, dealt, dealt += sizes[i]);
        }
        exchangeRepeated(labels, rng);
        return labels;
    }

    /** Exchanges each label that its image holds twice for one of another image, so that neither holds it twice then. */
    private static void exchangeRepeated(int[][] labels, Rng rng) {
        for (int[] image : labels) {
            for (int i = 0; i < image.length; i++) {
                while (count(image[i], image) > 1) {
                    int[] other = labels[rng.nextInt(labels.length)];
                    int j = rng.nextInt(other.length);
                    if (count(image[i], other) == 0 && count(other[j], image) == 0) {
                        int exchanged = image[i];
                        image[i] = other[j];
                        other[j] = exchanged;
                    }
                }
            }
        }
    }

    private static long count(int category, int[] labels) {
        return Arrays.stream(labels).filter(label -> label == category).count();
    }
}
