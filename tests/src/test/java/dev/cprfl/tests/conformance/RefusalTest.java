package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every backend must refuse by contract. */
class RefusalTest {

    static Stream<BackendProvider> backends() {
        return Backends.exact().stream().filter(provider -> provider.obstacle() == null);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aBatchOfOneRowHasNoVariance(BackendProvider provider) {
        try (Backend backend = provider.open(1)) {
            Storage s = backend.memory().allocate(3);
            assertThatThrownBy(() -> backend.batchNormTrain(new RowShape(1, 3), 0.1, 1e-5, s, s, s, s, s, s, s, s))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rows");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aTableHasNoRowsOutsideIt(BackendProvider provider) {
        try (Backend backend = provider.open(1)) {
            Storage table = backend.memory().allocate(6);
            Storage rows = backend.memory().allocate(2);
            for (int index : new int[]{-1, 3}) {
                int[] indices = {index};
                assertThatThrownBy(() -> backend.embedding(new RowShape(3, 2), indices, table, rows))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> backend.embeddingBackward(new RowShape(3, 2), indices, rows, table))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }
}
