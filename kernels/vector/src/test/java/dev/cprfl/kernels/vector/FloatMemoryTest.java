package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FloatMemoryTest {

    private final FloatMemory memory = new FloatMemory();

    @Test
    void handsTheSameArrayOutAgainAsItIs() {
        FloatStorage first = memory.allocate(5);
        memory.write(new float[]{9, 1, 2, 3, 4, 5}, 1, first);
        memory.release(first);
        FloatStorage other = memory.allocate(6);
        FloatStorage second = memory.allocate(5);
        assertThat(other.array).isNotSameAs(first.array);
        assertThat(second.array).isSameAs(first.array).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void countsWhatIsHandedOutAndWhatIsKept() {
        FloatStorage a = memory.allocate(100);
        memory.allocate(7);
        assertThat(memory.bytesHeld()).isEqualTo(428);
        memory.release(a);
        assertThat(memory.bytesHeld()).isEqualTo(428);
        memory.trim();
        assertThat(memory.bytesHeld()).isEqualTo(28);
        memory.allocate(0);
        assertThat(memory.bytesHeld()).isEqualTo(28);
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
        assertThat(memory.allocate(8).array).isNotSameAs(a.array);
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
