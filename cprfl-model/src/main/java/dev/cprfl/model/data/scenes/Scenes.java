package dev.cprfl.model.data.scenes;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.Samples;
import dev.cprfl.tensor.Rng;
import java.util.Arrays;
import java.util.List;

/**
 * The built-in data set: images drawn here, in which 20 categories, each a colour and a figure ("red circle", "purple star"),
 * are to be found among clutter, noise and other pairs. The training classes have VOC-LT's counts; the test set is balanced.
 * A rare category shares each of its words with frequent ones, so a model that reads the names has something to gain.
 */
public final class Scenes implements Samples {

    /** VOC-LT's counts, sorted: 6 head, 6 medium and 8 tail classes. */
    private static final int[] TRAIN_COUNTS = {775, 479, 249, 240, 154, 100, 82, 64, 48, 34, 29, 20, 17, 14, 11, 8, 7,
        6,
        5, 4};
    private static final int TRAIN_IMAGES = 1142;
    private static final int TEST_COUNT = 100;
    private static final int TEST_IMAGES = 1000;
    private static final int VALIDATION_COUNT = 40;
    private static final int VALIDATION_IMAGES = 400;

    private final long seed;
    private final long split;
    private final int imageSize;
    private final int[][] labels;

    private Scenes(long seed, long split, int imageSize, int[] counts, int images) {
        this.seed = seed;
        this.split = split;
        this.imageSize = imageSize;
        this.labels = Labels.deal(counts, images, Rng.of(seed, split));
    }

    /** 1142 images with 2.05 labels on average, in VOC-LT's long tail. */
    public static Scenes train(long seed, int size) {
        return new Scenes(seed, 0, size, TRAIN_COUNTS, TRAIN_IMAGES);
    }

    /** 1000 images with 2 labels on average, 100 images of each category. */
    public static Scenes test(long seed, int size) {
        int[] counts = new int[TRAIN_COUNTS.length];
        Arrays.fill(counts, TEST_COUNT);
        return new Scenes(seed, 1, size, counts, TEST_IMAGES);
    }

    /** 400 images like those of the test set and none of them, 40 of each category: to choose thresholds on. */
    public static Scenes validation(long seed, int size) {
        int[] counts = new int[TRAIN_COUNTS.length];
        Arrays.fill(counts, VALIDATION_COUNT);
        return new Scenes(seed, 2, size, counts, VALIDATION_IMAGES);
    }

    /** The names of the 20 categories, from the most to the least frequent in training. */
    public static List<String> names() {
        return Category.ALL.stream().map(Category::words).toList();
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int classes() {
        return Category.ALL.size();
    }

    @Override
    public List<Integer> labels(int index) {
        return Arrays.stream(labels[index]).boxed().toList();
    }

    @Override
    public String name(int index) {
        return "scene " + index;
    }

    /** The same seed, split, index and size give the same bytes. */
    @Override
    public Image image(int index) {
        List<Category> shown = Arrays.stream(labels[index]).mapToObj(Category.ALL::get).toList();
        return new Image(imageSize, imageSize, Scene.draw(shown, imageSize, Rng.of(seed, split, index)));
    }
}
