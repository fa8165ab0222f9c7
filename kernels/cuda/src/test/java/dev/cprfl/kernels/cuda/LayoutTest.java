package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.RowShape;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How kernels are laid out over rows, columns and packs: every number has its thread, and blocks are what the device allows. */
class LayoutTest {

    private static final int MOST_BLOCKS_Y = 65535;

    @ParameterizedTest
    @CsvSource({"0, 5", "1, 1", "2, 1", "3, 5", "1031, 3", "97, 1031", "50, 33", "12544, 2048", "12845056, 64",
        "256, 512",
        "2147483647, 1", "1, 2147483647", "65536, 32767", "3, 700000000"})
    void everyColumnAndRowHasItsThread(int rows, int columns) {
        for (Type type : Type.values()) {
            ColumnBlocks blocks = ColumnBlocks.of(new RowShape(rows, columns), type);
            assertThat(blocks.threadsX() * blocks.threadsY()).isEqualTo(ColumnBlocks.THREADS);
            assertThat(Integer.bitCount(blocks.threadsY())).as("the tree of sums halves it").isEqualTo(1);

            long packs = (long) blocks.blocksX() * blocks.threadsX();
            assertThat(packs * Grid.perThread(type)).isGreaterThanOrEqualTo(columns);
            assertThat((packs - blocks.threadsX()) * Grid.perThread(type)).isLessThan(columns);

            long covered = (long) blocks.blocksY() * blocks.rowsPerBlock();
            assertThat(covered).isGreaterThanOrEqualTo(rows);
            assertThat(covered - blocks.rowsPerBlock()).isLessThanOrEqualTo(Math.max(0, rows - 1));
            assertThat(blocks.blocksY()).isLessThanOrEqualTo(MOST_BLOCKS_Y);
        }
    }

    @ParameterizedTest
    @CsvSource({"12544, 2048", "50176, 1024", "200704, 256", "12845056, 64", "3211264, 64"})
    void layersOfAResidualNetworkKeepALargeDeviceBusy(int rows, int columns) {
        for (Type type : Type.values()) {
            ColumnBlocks blocks = ColumnBlocks.of(new RowShape(rows, columns), type);
            assertThat(blocks.blocksX() * blocks.blocksY()).isBetween(4 * 132, 4096);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "7, 32", "9, 1024", "9, 1025", "5, 8192", "5, 8193", "2147483647, 1", "1, 2147483647"})
    void everyRowHasItsThreads(int rows, int columns) {
        RowBlocks blocks = RowBlocks.of(rows, columns);
        assertThat((long) blocks.blocks() * blocks.threadsY()).isBetween((long) rows,
                (long) rows + blocks.threadsY() - 1);
        assertThat(blocks.threadsX() * blocks.threadsY()).isBetween(32, 1024);
        assertThat(blocks.threadsX() % 32).as("whole warps").isZero();
        assertThat(blocks.threadsX() == 32 || blocks.threadsY() == 1).as("a row is a warp's or a block's").isTrue();
        assertThat(blocks.threadsX() / 32).as("one more warp adds up the warps' sums").isLessThanOrEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource({"0, 5, 20, 0", "2, 1, 6, 2", "1025, 1, 8, 4", "12845056, 64, 262400, 262144"})
    void scratchHoldsTheSumsOfEachRowOfBlocks(int rows, int columns, int batchNorm, int layerNorm) {
        RowShape shape = new RowShape(rows, columns);
        assertThat(BatchNorm.scratchFloats(shape, Type.FLOAT)).isEqualTo(batchNorm);
        assertThat(LayerNorm.scratchFloats(shape, Type.FLOAT)).isEqualTo(layerNorm);
    }

    @ParameterizedTest
    @CsvSource({"0, 3, 0, 0", "1, 1, 1, 1", "256, 4, 1, 1", "257, 4, 2, 2", "256, 5, 2, 1", "256, 9, 3, 2",
        "33554432, 64, 2097152, 1048576"})
    void aPackOfChannelsOfAPixelHasItsThread(int pixels, int channels, int floats, int bfloat16s) {
        assertThat(MaxPool.blocks(pixels, channels, Type.FLOAT)).isEqualTo(floats);
        assertThat(MaxPool.blocks(pixels, channels, Type.BFLOAT16)).isEqualTo(bfloat16s);
    }

    @ParameterizedTest
    @EnumSource(Type.class)
    void sourcesHaveTheSameNumbers(Type type) {
        String source = Kernels.source("batchnorm", type);
        assertThat(constant(source, "#define COLUMN_THREADS")).isEqualTo(ColumnBlocks.THREADS);
        assertThat(constant(source, "const int inFlight =")).isEqualTo(ColumnBlocks.ROWS_IN_FLIGHT);
        assertThat(constant(source, "#define TOTAL_COLUMNS")).isEqualTo(Totals.COLUMNS);
        assertThat(constant(source, "#define TOTAL_LANES")).isEqualTo(Totals.LANES);
    }

    private static int constant(String source, String declaration) {
        Matcher matcher = Pattern.compile(Pattern.quote(declaration) + " (\\d+)").matcher(source);
        assertThat(matcher.find()).as(declaration).isTrue();
        return Integer.parseInt(matcher.group(1));
    }
}
