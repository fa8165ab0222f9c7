package dev.cprfl.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GapsTest {

    @Test
    void takesTheSmallestGapThatIsLargeEnough() {
        Gaps gaps = new Gaps(0, 100);
        for (int i = 0; i < 10; i++) {
            gaps.take(gaps.find(10), 10);
        }
        assertThat(gaps.find(1)).isEqualTo(-1);
        gaps.give(0, 30);
        gaps.give(50, 60);
        assertThat(gaps.take(gaps.find(8), 8)).isEqualTo(50);
        assertThat(gaps.take(gaps.find(8), 8)).isEqualTo(0);
        assertThat(gaps.find(23)).isEqualTo(-1);
    }

    @Test
    void joinsWhatIsGivenBack() {
        Gaps gaps = new Gaps(5, 25);
        int first = gaps.take(gaps.find(10), 10);
        int second = gaps.take(gaps.find(10), 10);
        assertThat(gaps.isWhole()).isFalse();
        gaps.give(second, second + 10);
        gaps.give(first, first + 10);
        assertThat(gaps.isWhole()).isTrue();
        assertThat(gaps.take(gaps.find(20), 20)).isEqualTo(5);
    }

    @Test
    void neverHandsOutAPlaceTwice() {
        Random random = new Random(1);
        Gaps gaps = new Gaps(3, 500);
        BitSet taken = new BitSet();
        List<int[]> parts = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int room = 1 + random.nextInt(40);
            int gap = random.nextBoolean() ? gaps.find(room) : -1;
            if (gap >= 0) {
                int from = gaps.take(gap, room);
                assertThat(taken.get(from, from + room).isEmpty()).isTrue();
                assertThat(from).isBetween(3, 500 - room);
                taken.set(from, from + room);
                parts.add(new int[]{from, from + room});
            } else if (!parts.isEmpty()) {
                int[] part = parts.remove(random.nextInt(parts.size()));
                taken.clear(part[0], part[1]);
                gaps.give(part[0], part[1]);
            }
        }
        parts.forEach(part -> gaps.give(part[0], part[1]));
        assertThat(gaps.isWhole()).isTrue();
    }
}
