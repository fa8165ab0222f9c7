package dev.cprfl.kernels.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.PoolShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the stored PyTorch results do not cover, worked out by hand. */
class ReferenceBackendTest {

    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private final ReferenceBackend backend = new ReferenceBackend();

    private Storage of(double... values) {
        Storage storage = backend.memory().allocate(values.length);
        backend.memory().write(values, 0, storage);
        return storage;
    }

    private double[] read(Storage storage) {
        double[] values = new double[storage.length()];
        backend.memory().read(storage, values, 0);
        return values;
    }

    @Test
    void newAndReleasedStoragesHoldNaN() {
        Storage storage = backend.memory().allocate(2);
        assertThat(read(storage)).containsOnly(NAN);
        backend.fill(1, storage);
        backend.memory().release(storage);
        assertThat(read(storage)).containsOnly(NAN);
    }

    @Test
    void subtractsAndDivides() {
        Storage y = backend.memory().allocate(6);
        BroadcastShape shape = BroadcastShape.of(new int[]{2, 1}, new int[]{3});
        backend.binary(BinaryOp.SUBTRACT, shape, of(10, 20), of(1, 2, 4), y);
        assertThat(read(y)).containsExactly(9, 8, 6, 19, 18, 16);
        backend.binary(BinaryOp.DIVIDE, shape, of(10, 20), of(1, 2, 4), y);
        assertThat(read(y)).containsExactly(10, 5, 2.5, 20, 10, 5);
    }

    @Test
    void reluKeepsNaNAndStopsTheGradientAtZero() {
        Storage x = of(-1, 0, 2, NAN);
        Storage y = backend.memory().allocate(4);
        backend.unary(UnaryOp.RELU, x, y);
        assertThat(read(y)).containsExactly(0, 0, 2, NAN);
        backend.unaryBackward(UnaryOp.RELU, x, y, of(5, 5, 5, 5), y);
        assertThat(read(y)).containsExactly(0, 0, 5, 5);
    }

    @Test
    void dropoutKeepsTheMean() {
        int n = 100_000;
        Storage x = backend.memory().allocate(n);
        backend.fill(3, x);
        Storage y = backend.memory().allocate(n);
        backend.dropout(0.25, 7, x, y);
        assertThat(Arrays.stream(read(y)).distinct()).containsExactlyInAnyOrder(0.0, 4.0);
        // The mean of n draws has a standard deviation of 3 sqrt(p / (1 - p) / n), about 0.0055.
        assertThat(Arrays.stream(read(y)).average().orElseThrow()).isCloseTo(3, within(0.025));
    }

    @Test
    void findsTheFirstNumberThatIsNotFinite() {
        assertThat(backend.firstNonFinite(of(1, 2, -INF, NAN))).isEqualTo(2);
        assertThat(backend.firstNonFinite(of(1, Double.MAX_VALUE))).isEqualTo(-1);
        assertThat(backend.firstNonFinite(of())).isEqualTo(-1);
    }

    @Test
    void gemmHonoursLeadingDimensionsAndStrides() {
        // Two products [1 2] [3; 4], A shared and B stored with a gap, C with gaps that stay.
        GemmShape shape = new GemmShape(2, 1, 1, 2, false, true, 2, 2, 1, 0, 3, 2);
        Storage c = of(7, 7, 7);
        backend.gemm(shape, of(1, 2), of(3, 4, NAN, 5, 6), of(100), c);
        assertThat(read(c)).containsExactly(111, 7, 117);
    }

    @Test
    void maxPoolPrefersTheFirstMaximumAndTheLastNaN() {
        PoolShape shape = new PoolShape(1, 2, 2, 1, 2, 1, 0);
        assertThat(gradientOfMaxPool(shape, 4, 1, 4, 4)).containsExactly(1, 0, 0, 0);
        assertThat(gradientOfMaxPool(shape, 9, NAN, NAN, 9)).containsExactly(0, 0, 1, 0);
        assertThat(gradientOfMaxPool(shape, -INF, -INF, -INF, -INF)).containsExactly(1, 0, 0, 0);
    }

    private double[] gradientOfMaxPool(PoolShape shape, double... x) {
        Storage dx = backend.memory().allocate(4);
        backend.maxPool2dBackward(shape, of(x), of(1), dx);
        return read(dx);
    }

    @Test
    void softmaxIsStableAndGivesNaNWithoutAFiniteMaximum() {
        Storage y = backend.memory().allocate(8);
        backend.softmax(new RowShape(4, 2), of(1000, 1000, -INF, 0, -INF, -INF, INF, 0), y);
        assertThat(read(y)).containsExactly(0.5, 0.5, 0, 1, NAN, NAN, NAN, NAN);
    }

    /** Central differences of the loss, for labels and for targets in between, on both sides of the clip. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1})
    void asymmetricLossHasTheDerivativeOfItsValue(double target) {
        for (double x = -5.03; x < 5; x += 0.37) {
            AslShape shape = new AslShape(1, 1.5, 4, 0.05, 1e-8, false);
            double h = 1e-5;
            double slope = (asymmetricLoss(shape, x + h, target) - asymmetricLoss(shape, x - h, target)) / (2 * h);
            Storage dx = backend.memory().allocate(1);
            backend.asymmetricLossBackward(shape, of(x), of(target), of(2), dx);
            assertThat(read(dx)[0]).isCloseTo(2 * slope, within(1e-8));
        }
    }

    private double asymmetricLoss(AslShape shape, double x, double target) {
        Storage loss = backend.memory().allocate(1);
        backend.asymmetricLoss(shape, of(x), of(target), loss);
        return read(loss)[0];
    }

    @Test
    void refusesAnIndexOutsideTheTable() {
        Storage y = backend.memory().allocate(2);
        assertThatThrownBy(() -> backend.embedding(new RowShape(3, 2), new int[]{3}, of(1, 2, 3, 4, 5, 6), y))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void refusesToReadBeyondAWindow() {
        Storage table = of(1, 2, 3, 4);
        assertThatThrownBy(() -> backend.transpose(1, 2, 2, table.slice(0, 3), of(0, 0, 0, 0)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
