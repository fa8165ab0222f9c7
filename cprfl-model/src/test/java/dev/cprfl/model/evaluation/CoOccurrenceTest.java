package dev.cprfl.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoOccurrenceTest {

    private record Lists(int classes, List<List<Integer>> lists) implements Samples {

        @Override
        public int size() {
            return lists.size();
        }

        @Override
        public List<Integer> labels(int index) {
            return lists.get(index);
        }

        @Override
        public Image image(int index) {
            throw new AssertionError("no image is needed to count labels");
        }

        @Override
        public String name(int index) {
            return "image " + index;
        }
    }

    /** Class 0 twice alone; 1 only beside 0 or 2; 2 once alone; 3 never. A label given twice is one label. */
    @Test
    void byHand() {
        CoOccurrence found = CoOccurrence.of(new Lists(4, List.of(List.of(0), List.of(0, 0), List.of(0, 1),
                List.of(2), List.of(1, 2), List.of(), List.of(0, 1, 2))));
        assertThat(found.together()).isDeepEqualTo(
                new int[][]{{4, 2, 1, 0}, {2, 3, 2, 0}, {1, 2, 3, 0}, {0, 0, 0, 0}});
        assertThat(found.alone()).containsExactly(2, 0, 1, 0);
        assertThat(found.neverAlone()).containsExactly(1);
        assertThat(found.given(1, 0)).isEqualTo(2.0 / 3);
        assertThat(found.given(0, 1)).isEqualTo(0.5);
        assertThat(found.given(3, 0)).isZero();
    }
}
