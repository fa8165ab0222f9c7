package dev.cprfl.model.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordEmbeddingsTest {

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 128, 512})
    void namesThatShareAWordAreCloser(int width) {
        List<String> names = Scenes.names();
        float[] w = WordEmbeddings.embed(names, width);
        List<Double> sharing = new ArrayList<>();
        List<Double> foreign = new ArrayList<>();
        for (int a = 0; a < names.size(); a++) {
            for (int b = 0; b < a; b++) {
                boolean shared = !Collections.disjoint(words(names.get(a)), words(names.get(b)));
                (shared ? sharing : foreign).add(cosine(w, a, b, width));
            }
        }
        assertThat(mean(sharing)).isGreaterThan(mean(foreign) + 0.3);
        assertThat(Collections.max(sharing)).isLessThan(0.9);
        // Random directions are only roughly orthogonal; 128, the demo's width, is enough to keep every pair in order.
        if (width >= 128) {
            assertThat(Collections.min(sharing)).isGreaterThan(Collections.max(foreign));
        }
    }

    @Test
    void rowsHaveTheLengthOfStandardNormalOnes() {
        float[] w = WordEmbeddings.embed(List.of("red circle", "blue"), 50);
        assertThat(w).hasSize(100);
        assertThat(dot(w, 0, 0, 50)).isCloseTo(50, within(1e-4));
        assertThat(dot(w, 1, 1, 50)).isCloseTo(50, within(1e-4));
    }

    @Test
    void dependOnTheWordsOnly() {
        float[] w = WordEmbeddings.embed(List.of("red star", "blue cross", " STAR  red "), 32);
        float[] reversed = WordEmbeddings.embed(List.of("blue cross", "red star"), 32);
        assertThat(Arrays.copyOfRange(w, 0, 32)).isEqualTo(Arrays.copyOfRange(reversed, 32, 64));
        assertThat(Arrays.copyOfRange(w, 32, 64)).isEqualTo(Arrays.copyOfRange(reversed, 0, 32));
        assertThat(cosine(w, 0, 2, 32)).isCloseTo(1, within(1e-6));
    }

    private static List<String> words(String name) {
        return List.of(name.split(" ", -1));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(value -> value).average().orElseThrow();
    }

    private static double cosine(float[] w, int a, int b, int width) {
        return dot(w, a, b, width) / Math.sqrt(dot(w, a, a, width) * dot(w, b, b, width));
    }

    private static double dot(float[] w, int a, int b, int width) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += (double) w[a * width + i] * w[b * width + i];
        }
        return sum;
    }
}
