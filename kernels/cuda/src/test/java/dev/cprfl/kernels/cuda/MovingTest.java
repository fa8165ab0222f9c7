package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.RowShape;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MovingTest {

    private static final RowShape TABLE = new RowShape(4, 3);

    @Test
    void positionsStandByRowAndInOrder() {
        assertThat(Moving.byRow(TABLE, new int[]{3, 0, 3, 1, 3})).containsExactly(5, 6, 7, 7, 10, 1, 3, 0, 2, 4);
    }

    @Test
    void withoutIndicesNoRowHasPositions() {
        assertThat(Moving.byRow(TABLE, new int[0])).containsExactly(5, 5, 5, 5, 5);
        assertThat(Moving.byRow(new RowShape(0, 3), new int[0])).containsExactly(1);
    }

    @Test
    void positionsAreThoseOfASearch() {
        Random random = new Random(1);
        for (int rows : new int[]{1, 2, 7, 100}) {
            int[] indices = random.ints(random.nextInt(300), 0, rows).toArray();
            int[] byRow = Moving.byRow(new RowShape(rows, 1), indices);
            for (int r = 0; r < rows; r++) {
                int row = r;
                assertThat(IntStream.range(byRow[r], byRow[r + 1]).map(at -> byRow[at]))
                        .containsExactlyElementsOf(
                                IntStream.range(0, indices.length).filter(i -> indices[i] == row).boxed().toList());
            }
        }
    }

    @Test
    void anIndexOutsideTheTableIsNamed() {
        for (int index : new int[]{-1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> Moving.byRow(TABLE, new int[]{0, index}))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessage("index " + index + " into a table of 4 rows");
        }
        Moving.requireRows(TABLE, new int[]{0, 3});
    }

    @Test
    void tilesCoverEachMatrix() {
        assertThat(Moving.tiles(1, 32, 32)).isEqualTo(1);
        assertThat(Moving.tiles(3, 33, 64)).isEqualTo(3 * 2 * 2);
        assertThat(Moving.tiles(0, 3, 2)).isZero();
        assertThat(Moving.tiles(2, 0, 3)).isZero();
        assertThat(Moving.tiles(2, 3, 0)).isZero();
        assertThat(Moving.tiles(1, 46_340, 46_340)).isEqualTo(1449 * 1449);
        assertThat(Kernels.source("moving", Type.FLOAT)).contains("#define TILE " + Moving.TILE + "\n");
    }
}
