package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GridTest {

    @Test
    void aThreadHandles16Bytes() {
        assertThat(Grid.perThread(Type.FLOAT)).isEqualTo(4);
        assertThat(Grid.perThread(Type.BFLOAT16)).isEqualTo(8);
    }

    @Test
    void nothingNeedsNoBlock() {
        assertThat(Grid.ofSingles(0)).isZero();
        assertThat(Grid.ofNumbers(0, Type.FLOAT)).isZero();
        assertThat(Grid.ofRuns(0, 5, Type.FLOAT)).isZero();
        assertThat(Grid.ofRuns(5, 0, Type.FLOAT)).isZero();
    }

    @Test
    void blocksAreRoundedUp() {
        assertThat(Grid.ofSingles(256)).isEqualTo(1);
        assertThat(Grid.ofSingles(257)).isEqualTo(2);
        assertThat(Grid.ofNumbers(4 * 256, Type.FLOAT)).isEqualTo(1);
        assertThat(Grid.ofNumbers(4 * 256 + 1, Type.FLOAT)).isEqualTo(2);
        assertThat(Grid.ofNumbers(4 * 256 + 1, Type.BFLOAT16)).isEqualTo(1);
    }

    @Test
    void eachRunBeginsWithAThread() {
        assertThat(Grid.ofRuns(256, 4, Type.FLOAT)).isEqualTo(1);
        assertThat(Grid.ofRuns(256, 5, Type.FLOAT)).isEqualTo(2);
        assertThat(Grid.ofRuns(257, 1, Type.FLOAT)).isEqualTo(2);
    }

    @Test
    void theLongestLengthsDoNotOverflow() {
        int n = Integer.MAX_VALUE;
        assertThat(Grid.ofSingles(n)).isEqualTo(1 << 23);
        assertThat(Grid.ofNumbers(n, Type.FLOAT)).isEqualTo(1 << 21);
        assertThat(Grid.ofRuns(n, 1, Type.FLOAT)).isEqualTo(1 << 23);
        assertThat(Grid.ofRuns(n / 5, 5, Type.FLOAT)).isEqualTo((int) Math.ceil(n / 5 * 2L / 256.0));
    }
}
