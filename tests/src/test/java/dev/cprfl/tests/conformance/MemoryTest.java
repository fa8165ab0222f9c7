package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The memory of every backend keeps the contract of {@link Memory} and {@link Storage}. */
@ParameterizedClass
@MethodSource("backends")
class MemoryTest {

    static List<String> backends() {
        return Backends.exact().stream().map(BackendProvider::name).toList();
    }

    @Parameter
    private String name;

    private Backend backend;
    private Memory memory;

    @BeforeEach
    void open() {
        BackendProvider provider = Backends.exact().stream().filter(p -> p.name().equals(name)).findFirst()
                .orElseThrow();
        assumeTrue(provider.obstacle() == null, () -> name + " cannot run: " + provider.obstacle());
        backend = provider.open(1);
        memory = backend.memory();
    }

    @AfterEach
    void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @Test
    void returnsWhatWasWritten() {
        Storage storage = memory.allocate(3);
        memory.write(new float[]{9, 1.5f, -0f, Float.NaN}, 1, storage);
        float[] floats = {8, 8, 8, 8, 8};
        memory.read(storage, floats, 1);
        assertThat(floats).containsExactly(8, 1.5f, -0f, Float.NaN, 8);
        memory.write(new double[]{0.25, Double.NEGATIVE_INFINITY, 3, 4}, 0, storage);
        double[] doubles = {8, 8, 8, 8, 8};
        memory.read(storage, doubles, 2);
        assertThat(doubles).containsExactly(8, 8, 0.25, Double.NEGATIVE_INFINITY, 3);
    }

    @Test
    void refusesArraysThatAreTooShort() {
        Storage storage = memory.allocate(3);
        assertThatThrownBy(() -> memory.write(new float[3], 1, storage))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.write(new double[2], 0, storage))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.read(storage, new float[2], 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.read(storage, new double[3], 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void windowsShareTheirNumbers() {
        Storage storage = memory.allocate(6);
        memory.write(new double[]{0, 1, 2, 3, 4, 5}, 0, storage);
        Storage window = storage.slice(1, 4).slice(1, 2);
        assertThat(window.length()).isEqualTo(2);
        assertThat(read(window)).containsExactly(2, 3);
        memory.write(new double[]{7, 8}, 0, window);
        assertThat(read(storage)).containsExactly(0, 1, 7, 8, 4, 5);
        assertThat(storage.slice(6, 0).length()).isZero();
    }

    @Test
    void windowsLieInside() {
        Storage window = memory.allocate(6).slice(2, 3);
        for (int[] wrong : new int[][]{{-1, 2}, {0, 4}, {4, 0}, {3, 1}, {0, -1}, {Integer.MAX_VALUE, 2}}) {
            assertThatThrownBy(() -> window.slice(wrong[0], wrong[1])).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void countsItsBytes() {
        long before = memory.bytesHeld();
        Storage storage = memory.allocate(1000);
        Storage other = memory.allocate(1);
        backend.fill(0, storage); // a backend may wait for the first use
        backend.fill(0, other);
        assertThat(memory.bytesHeld() - before).isGreaterThanOrEqualTo(1001 * 4);
        memory.release(storage.slice(0, 1000)); // a window: nothing happens
        memory.trim();
        assertThat(memory.bytesHeld() - before).isGreaterThanOrEqualTo(1001 * 4);
        memory.release(storage);
        memory.release(other);
        memory.trim();
        assertThat(memory.bytesHeld()).isEqualTo(before);
    }

    @Test
    void refusesASecondRelease() {
        Storage storage = memory.allocate(3);
        memory.release(storage);
        assertThatThrownBy(() -> memory.release(storage)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void allocatesNothingAndNotLess() {
        assertThat(memory.allocate(0).length()).isZero();
        assertThatThrownBy(() -> memory.allocate(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void refusesTheStorageOfAnotherBackend() {
        Storage foreign = new Storage() {
            @Override
            public int length() {
                return 1;
            }

            @Override
            public Storage slice(int offset, int length) {
                return this;
            }
        };
        assertThatThrownBy(() -> backend.fill(0, foreign)).isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).containsIgnoringCase(backend.name()));
        assertThatThrownBy(() -> memory.release(foreign)).isInstanceOf(IllegalArgumentException.class);
    }

    private double[] read(Storage storage) {
        double[] values = new double[storage.length()];
        memory.read(storage, values, 0);
        return values;
    }
}
