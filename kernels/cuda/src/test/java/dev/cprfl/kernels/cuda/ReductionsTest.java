package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.ReduceShape;
import org.junit.jupiter.api.Test;

class ReductionsTest {

    private static final int[] EXTENTS = {0, 1, 2, 7, 16, 17, 64, 65, 1000, 1024, 1025, 4096, 50_021, 1_000_003};

    /** Parts that are not empty, that cover the axis, and whose sums fit the scratch memory. */
    @Test
    void partsCoverTheAxis() {
        for (int outer : EXTENTS) {
            for (int reduced : EXTENTS) {
                for (int inner : EXTENTS) {
                    if ((double) outer * reduced * inner < Integer.MAX_VALUE) {
                        for (Type type : Type.values()) {
                            requireCover(new ReduceShape(outer, reduced, inner), type);
                        }
                    }
                }
            }
        }
    }

    private static void requireCover(ReduceShape shape, Type type) {
        int parts = Reductions.parts(shape, type);
        long length = Reductions.partLength(shape, parts);
        assertThat(parts).as("%s %s", shape, type).isBetween(1, 512);
        assertThat(parts * length).as("%s %s", shape, type).isGreaterThanOrEqualTo(shape.reduced());
        if (parts > 1) {
            assertThat((parts - 1) * length).as("%s %s", shape, type).isLessThan(shape.reduced());
            assertThat(length).as("%s %s", shape, type)
                    .isGreaterThanOrEqualTo(shape.inner() == 1 ? Reductions.ROW_PART : Reductions.COLUMN_PART);
        }
        long floats = (long) shape.outer() * parts * shape.inner();
        assertThat((long) Reductions.scratchFloats(shape, type)).as("%s %s", shape, type)
                .isEqualTo(parts == 1 ? 0 : floats);
    }

    @Test
    void aLongRowIsCut() {
        assertThat(Reductions.parts(new ReduceShape(1, Reductions.WARP_ROW, 1), Type.FLOAT)).isEqualTo(1);
        assertThat(Reductions.parts(new ReduceShape(1, 2 * Reductions.ROW_PART, 1), Type.FLOAT)).isEqualTo(2);
        assertThat(Reductions.parts(new ReduceShape(1, Integer.MAX_VALUE, 1), Type.FLOAT)).isEqualTo(512);
        assertThat(Reductions.parts(new ReduceShape(512, 1 << 20, 1), Type.FLOAT)).isEqualTo(1);
    }

    @Test
    void aBiasGradientIsCut() {
        assertThat(Reductions.parts(new ReduceShape(1, 100_352, 256), Type.BFLOAT16)).isEqualTo(512);
        assertThat(Reductions.parts(new ReduceShape(1, 12_544, 2048), Type.BFLOAT16)).isEqualTo(64);
        assertThat(Reductions.parts(new ReduceShape(256, 49, 2048), Type.BFLOAT16)).isEqualTo(1);
        assertThat(Reductions.parts(new ReduceShape(1, 3, 10_007), Type.FLOAT)).isEqualTo(1);
    }
}
