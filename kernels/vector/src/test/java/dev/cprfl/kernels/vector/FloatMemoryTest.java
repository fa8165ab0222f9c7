package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatMemoryTest {

    private final FloatMemory memory = new FloatMemory();

    @Test
    void handsTheSameNumbersOutAgainAsTheyAre() {
        FloatStorage first = memory.allocate(5);
        memory.write(new float[]{9, 1, 2, 3, 4, 5}, 1, first);
        memory.release(first);
        FloatStorage second = memory.allocate(5);
        float[] read = new float[5];
        memory.read(second, read, 0);
        assertThat(read).containsExactly(1, 2, 3, 4, 5);
        assertThat(second.offset).isEqualTo(first.offset);
    }

    @Test
    void oneLengthServesAnother() {
        memory.release(memory.allocate(3_000_000));
        long held = memory.bytesHeld();
        FloatStorage a = memory.allocate(1_000_000);
        FloatStorage b = memory.allocate(1_000_000);
        FloatStorage c = memory.allocate(1_000_000);
        memory.release(a);
        memory.release(b); // beside a
        FloatStorage both = memory.allocate(2_000_000);
        memory.release(c);
        memory.release(both);
        for (int length : new int[]{700_000, 1_300_000, 1_000_000}) {
            assertThat(memory.allocate(length).length()).isEqualTo(length);
        }
        assertThat(memory.bytesHeld()).isEqualTo(held);
    }

    /** Random requests against a plain list of who owns which number. */
    @Test
    void partsNeverOverlapAndEverythingComesBack() {
        Random random = new Random(1);
        List<FloatStorage> live = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (live.size() < 100 && random.nextBoolean()) {
                int length = random.nextInt(1 << random.nextInt(1, 16));
                FloatStorage part = memory.allocate(length);
                Arrays.fill(part.array, part.offset, part.offset + length, i);
                live.add(part);
            } else if (!live.isEmpty()) {
                FloatStorage part = live.remove(random.nextInt(live.size()));
                for (int j = 1; j < part.length(); j++) {
                    assertThat(part.array[part.offset + j]).isEqualTo(part.array[part.offset]);
                }
                memory.release(part);
            }
        }
        live.forEach(memory::release);
        memory.trim();
        assertThat(memory.bytesHeld()).isZero();
    }

    @Test
    void theSameRequestsGetTheSameParts() {
        memory.allocate(12345); // stays
        List<String> first = step();
        long held = memory.bytesHeld();
        assertThat(step()).isEqualTo(first);
        assertThat(memory.bytesHeld()).isEqualTo(held);
    }

    private List<String> step() {
        Random random = new Random(2);
        List<FloatStorage> live = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        List<float[]> arrays = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            FloatStorage part = memory.allocate(random.nextInt(50_000));
            if (!arrays.contains(part.array)) {
                arrays.add(part.array);
            }
            parts.add(arrays.indexOf(part.array) + ":" + part.offset);
            live.add(part);
            while (live.size() > 50 && random.nextBoolean()) {
                memory.release(live.remove(random.nextInt(live.size())));
            }
        }
        live.forEach(memory::release);
        return parts;
    }

    @Test
    void countsWhatIsHandedOutAndWhatIsKept() {
        FloatStorage a = memory.allocate(100_000);
        FloatStorage b = memory.allocate(7);
        long held = memory.bytesHeld();
        assertThat(held).isBetween(400_028L, 700_000L);
        memory.release(b);
        memory.trim();
        assertThat(memory.bytesHeld()).isBetween(400_000L, held);
        memory.release(a);
        memory.trim();
        assertThat(memory.bytesHeld()).isZero();
        memory.allocate(0);
        assertThat(memory.bytesHeld()).isZero();
    }

    @Test
    void refusesWhatNoArrayHolds() {
        assertThatThrownBy(() -> memory.allocate(Integer.MAX_VALUE)).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void noticesASecondReleaseEvenAfterTheArrayIsInUseAgain() {
        FloatStorage a = memory.allocate(3);
        memory.release(a);
        assertThatThrownBy(() -> memory.release(a)).isInstanceOf(IllegalStateException.class)
                .hasMessage("a storage of 3 numbers was released twice");
        memory.allocate(3);
        assertThatThrownBy(() -> memory.release(a)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void ignoresTheReleaseOfAWindow() {
        FloatStorage a = memory.allocate(8);
        memory.release(a.slice(0, 8));
        assertThat(memory.allocate(8).offset).isNotEqualTo(a.offset);
        memory.release(a);
    }

    @Test
    void windowsShareNumbersAndKnowTheirBounds() {
        FloatStorage a = memory.allocate(10);
        memory.write(new double[]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0, a);
        FloatStorage window = a.slice(3, 5).slice(1, 3);
        float[] read = {-1, -1, -1, -1};
        memory.read(window, read, 1);
        assertThat(read).containsExactly(-1, 4, 5, 6);
        double[] doubles = new double[3];
        memory.read(window, doubles, 0);
        assertThat(doubles).containsExactly(4, 5, 6);
        assertThatThrownBy(() -> window.slice(1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> window.slice(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.write(new double[2], 0, window)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.allocate(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
