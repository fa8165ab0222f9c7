package dev.cprfl.model.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScenesTest {

    @Test
    void trainingHasTheCountsOfVocLt() {
        for (long seed : new long[]{0, 1, -7}) {
            Scenes train = Scenes.train(seed, 8);
            int[] counts = counts(train);
            assertThat(counts).containsExactly(775, 479, 249, 240, 154, 100, 82, 64, 48, 34, 29, 20, 17, 14, 11, 8, 7,
                    6, 5,
                    4);
            assertThat(train.size()).isEqualTo(1142);
        }
    }

    @Test
    void testIsBalanced() {
        Scenes test = Scenes.test(3, 8);
        assertThat(test.size()).isEqualTo(1000);
        assertThat(counts(test)).hasSize(20).containsOnly(100);
    }

    @Test
    void everyImageHasOneToFourDifferentLabels() {
        for (Scenes scenes : List.of(Scenes.train(1, 8), Scenes.test(1, 8))) {
            for (int i = 0; i < scenes.size(); i++) {
                List<Integer> labels = scenes.labels(i);
                assertThat(labels).hasSizeBetween(1, 4).doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void namesArePairsAndRareOnesShareBothWordsWithHeadClasses() {
        List<String> names = Scenes.names();
        assertThat(names).hasSize(20).doesNotHaveDuplicates().contains("red circle", "blue star", "purple star");
        List<String> headWords = words(names.subList(0, 6));
        for (String rare : names.subList(12, 20)) {
            assertThat(headWords).containsAll(words(List.of(rare)));
        }
    }

    @Test
    void anImageDependsOnSeedSplitAndIndexOnly() {
        byte[] image = Scenes.train(5, 32).image(17).rgb();
        assertThat(image).hasSize(32 * 32 * 3);
        Scenes again = Scenes.train(5, 32);
        again.image(3);
        assertThat(again.image(17).rgb()).isEqualTo(image);
        assertThat(Scenes.train(6, 32).image(17).rgb()).isNotEqualTo(image);
        assertThat(Scenes.test(5, 32).image(17).rgb()).isNotEqualTo(image);
        assertThat(again.image(18).rgb()).isNotEqualTo(image);
    }

    /** The bytes are the same on every machine. When the drawing is meant to change, change these. */
    @Test
    void drawsTheKnownImages() {
        assertThat(sha256(Scenes.train(1, 64), 8))
                .isEqualTo("7755622f6ae7803753b2a5b38820938758318ce19fdfc3b873f7e6ca7822f482");
        assertThat(sha256(Scenes.test(1, 64), 8))
                .isEqualTo("4309bddb77c86d06c777d14114a4a594b17de781118f115d678f95c0431075ed");
    }

    /** Whatever covers it, some of a labelled object must be seen. */
    @Test
    void labelledObjectsAreVisible() {
        Scenes test = Scenes.test(2, 64);
        for (int i = 0; i < 100; i++) {
            byte[] image = test.image(i).rgb();
            for (int label : test.labels(i)) {
                assertThat(pixelsLike(Category.ALL.get(label).colour(), image)).as("image %d", i).isGreaterThan(30);
            }
        }
    }

    /** Pixels whose hue is nearer to the given colour's than to any other's. */
    private static long pixelsLike(Colour colour, byte[] image) {
        return IntStream.range(0, image.length / 3).filter(pixel -> {
            Colour nearest = Arrays.stream(Colour.values())
                    .max((a, b) -> Double.compare(cosine(a, image, pixel), cosine(b, image, pixel))).orElseThrow();
            return nearest == colour && cosine(colour, image, pixel) > 0.9;
        }).count();
    }

    private static double cosine(Colour colour, byte[] image, int pixel) {
        double[] seen = IntStream.range(0, 3).mapToDouble(c -> image[pixel * 3 + c] & 255).toArray();
        double[] pure = {colour.red, colour.green, colour.blue};
        return dot(seen, pure) / Math.sqrt(dot(seen, seen) * dot(pure, pure) + 1e-9);
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static int[] counts(Scenes scenes) {
        int[] counts = new int[20];
        for (int i = 0; i < scenes.size(); i++) {
            for (int label : scenes.labels(i)) {
                counts[label]++;
            }
        }
        return counts;
    }

    private static List<String> words(List<String> names) {
        return names.stream().flatMap(name -> Arrays.stream(name.split(" ", -1))).distinct().toList();
    }

    private static String sha256(Scenes scenes, int images) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < images; i++) {
                digest.update(scenes.image(i).rgb());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
