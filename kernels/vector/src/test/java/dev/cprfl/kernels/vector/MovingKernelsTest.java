package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.PoolShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import org.junit.jupiter.api.Test;

/** Transposition, embeddings and max-pooling. */
class MovingKernelsTest {

    @Test
    void transpose() {
        for (int rows : new int[]{0, 1, 3, 4, 8, 15, 16, 17, 33, 130}) {
            for (int columns : new int[]{0, 1, 5, 8, 16, 31, 32, 47, 150}) {
                for (int batch : new int[]{1, 3}) {
                    Compare.withReference("transpose " + batch + " " + rows + " " + columns, 0,
                            batch * rows * columns, new int[]{batch * rows * columns},
                            (backend, in, out) -> backend.transpose(batch, rows, columns, in[0], out));
                }
            }
        }
    }

    @Test
    void embedding() {
        int[] indices = {3, 0, 3, 99, 3};
        for (int columns : new int[]{1, 63, 64, 200}) {
            RowShape table = new RowShape(100, columns);
            Compare.withReference("embedding " + columns, 0, 5 * columns, new int[]{table.length()},
                    (backend, in, out) -> backend.embedding(table, indices, in[0], out));
            Compare.withReference("embeddingBackward " + columns, 3, table.length(), new int[]{5 * columns},
                    (backend, in, out) -> backend.embeddingBackward(table, indices, in[0], out));
        }
    }

    @Test
    void embeddingNamesABadIndex() {
        try (VectorBackend backend = new VectorBackend(1)) {
            Storage x = backend.memory().allocate(30);
            assertThatThrownBy(() -> backend.embedding(new RowShape(10, 3), new int[]{1, 10}, x, x))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessage("index 10 into a table of 10 rows");
        }
    }

    @Test
    void maxPool() {
        PoolShape[] shapes = {new PoolShape(2, 9, 8, 33, 3, 2, 1), new PoolShape(1, 7, 7, 64, 3, 2, 1),
            new PoolShape(3, 5, 6, 5, 2, 2, 0), new PoolShape(0, 5, 6, 5, 2, 2, 0),
            new PoolShape(1, 6, 5, 17, 3, 1, 1)};
        for (PoolShape s : shapes) {
            // Few different numbers, so that windows have several maxima.
            Compare.withReference("maxPool " + s, 0, s.outputLength(), new int[]{s.inputLength()},
                    (backend, in, out) -> {
                        backend.memory().write(coarse(s.inputLength()), 0, in[0]);
                        backend.maxPool2d(s, in[0], out);
                    });
            Compare.withReference("maxPoolBackward " + s, 9, s.inputLength(),
                    new int[]{s.inputLength(), s.outputLength()}, (backend, in, out) -> {
                        backend.memory().write(coarse(s.inputLength()), 0, in[0]);
                        backend.maxPool2dBackward(s, in[0], in[1], out);
                    });
        }
    }

    private static float[] coarse(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 61 == 60 ? Float.NEGATIVE_INFINITY : i * 7919 % 13 % 4;
        }
        return values;
    }
}
