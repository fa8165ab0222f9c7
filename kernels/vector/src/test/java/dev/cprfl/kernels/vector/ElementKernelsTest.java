package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Elementwise kernels, reductions, normalisations and losses against the reference backend at every length below twice the
 * lanes and at odd offsets, and what float arithmetic could get wrong without the reference noticing at ordinary numbers.
 */
class ElementKernelsTest {

    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
    private static final float GUARD = -7777;

    private final Backend reference = new ReferenceBackend();
    private final Backend vector = new VectorBackend(2);
    private final Random random = new Random(1);

    /** The same numbers in both backends; the vector backend's lie at an odd offset between guards. */
    private record Twin(Storage reference, Storage vector, Storage surroundings) {}

    private interface Call {
        void on(Backend backend, boolean isVector);
    }

    @AfterEach
    void close() {
        vector.close();
    }

    static IntStream lengths() {
        return IntStream.concat(IntStream.rangeClosed(0, 2 * LANES + 1), IntStream.of(1000, 65537));
    }

    static IntStream columns() {
        return IntStream.concat(IntStream.rangeClosed(1, 2 * LANES + 1), IntStream.of(1000));
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void unary(int n) {
        for (UnaryOp op : UnaryOp.values()) {
            double[] numbers = op == UnaryOp.LOG ? uniform(n, 0.01, 9) : uniform(n, -9, 9);
            Twin x = twin(numbers);
            Twin y = out(n);
            both(y, 4e-7, (b, v) -> b.unary(op, of(x, v), of(y, v)));
            Twin dy = twin(normal(n));
            Twin dx = out(n);
            both(dx, 2e-6, (b, v) -> b.unaryBackward(op, of(x, v), of(y, v), of(dy, v), of(dx, v)));
        }
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void binary(int n) {
        for (BinaryOp op : BinaryOp.values()) {
            binary(op, new int[]{n}, new int[]{n});
            binary(op, new int[]{n}, new int[]{});
            binary(op, new int[]{1}, new int[]{n});
            binary(op, new int[]{2, 3, n}, new int[]{3, 1});
            binary(op, new int[]{3, n}, new int[]{2, 1, n});
        }
    }

    private void binary(BinaryOp op, int[] a, int[] b) {
        BroadcastShape shape = BroadcastShape.of(a, b);
        Twin left = twin(normal(IntStream.of(a).reduce(1, (p, q) -> p * q)));
        Twin right = twin(uniform(IntStream.of(b).reduce(1, (p, q) -> p * q), 0.5, 2));
        Twin y = out(shape.length());
        both(y, 2e-7, (backend, v) -> backend.binary(op, shape, of(left, v), of(right, v), of(y, v)));
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void updates(int n) {
        Twin x = twin(normal(n));
        Twin y = twin(normal(n));
        both(y, 2e-7, (b, v) -> b.accumulate(-0.7, of(x, v), of(y, v)));
        both(y, 2e-7, (b, v) -> b.ema(0.998, of(x, v), of(y, v)));
        both(y, 2e-7, (b, v) -> b.scale(0.3, of(x, v), of(y, v)));
        both(y, 2e-7, (b, v) -> b.dropout(0.3, 9, of(x, v), of(y, v)));
        Twin m = twin(normal(n));
        Twin s = twin(uniform(n, 0, 1));
        AdamWStep step = new AdamWStep(1e-2, 0.9, 0.999, 1e-8, 0.01, 3);
        both(y, 1e-6, (b, v) -> b.adamW(step, of(x, v), of(y, v), of(m, v), of(s, v), 0, null));
        both(y, 0, (b, v) -> b.fill(0.5, of(y, v)));
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void losses(int n) {
        Twin x = twin(uniform(n, -12, 12));
        Twin y = twin(fill(n, () -> random.nextInt(2)));
        Twin dloss = twin(normal(n));
        Twin out = out(n);
        for (AslShape asl : new AslShape[]{new AslShape(n, 0, 4, 0.05, 1e-8, true),
            new AslShape(n, 1, 7, 0, 1e-8, false),
            new AslShape(n, 0.5, 1.5, 0.2, 1e-8, false), new AslShape(n, 3, 9, 0.05, 1e-8, false)}) {
            both(out, 2e-6, (b, v) -> b.asymmetricLoss(asl, of(x, v), of(y, v), of(out, v)));
            both(out, 2e-6, (b, v) -> b.asymmetricLossBackward(asl, of(x, v), of(y, v), of(dloss, v), of(out, v)));
        }
        both(out, 5e-7, (b, v) -> b.bceWithLogits(of(x, v), of(y, v), of(out, v)));
        both(out, 5e-7, (b, v) -> b.bceWithLogitsBackward(of(x, v), of(y, v), of(dloss, v), of(out, v)));
    }

    @ParameterizedTest
    @MethodSource("columns")
    void rows(int columns) {
        RowShape shape = new RowShape(65, columns);
        int n = shape.length();
        Twin x = twin(normal(n));
        Twin y = out(n);
        Twin dy = twin(normal(n));
        Twin dx = out(n);
        both(y, 5e-7, (b, v) -> b.softmax(shape, of(x, v), of(y, v)));
        both(dx, 5e-7, (b, v) -> b.softmaxBackward(shape, of(y, v), of(dy, v), of(dx, v)));

        Twin gamma = twin(normal(columns));
        Twin beta = twin(normal(columns));
        Twin mean = out(65);
        Twin invStd = out(65);
        Twin dgamma = out(columns);
        Twin dbeta = out(columns);
        both(y, 2e-6, (b, v) -> b.layerNorm(shape, 1e-5, of(x, v), of(gamma, v), of(beta, v), of(y, v), of(mean, v),
                of(invStd, v)));
        if (columns > 1) { // one number's gradient is the difference of two equal ones
            both(dx, 3e-5, (b, v) -> b.layerNormBackward(shape, of(x, v), of(gamma, v), of(mean, v), of(invStd, v),
                    of(dy, v), of(dx, v), of(dgamma, v), of(dbeta, v)));
            assertClose(dgamma, 2e-5);
            assertClose(dbeta, 2e-6);
        }
    }

    @ParameterizedTest
    @MethodSource("columns")
    void batchNorm(int columns) {
        RowShape shape = new RowShape(261, columns);
        int n = shape.length();
        Twin x = twin(normal(n));
        Twin gamma = twin(normal(columns));
        Twin beta = twin(normal(columns));
        Twin runningMean = twin(normal(columns));
        Twin runningVar = twin(uniform(columns, 0.5, 2));
        Twin y = out(n);
        Twin mean = out(columns);
        Twin invStd = out(columns);
        both(y, 1e-6, (b, v) -> b.batchNormTrain(shape, 0.1, 1e-5, of(x, v), of(gamma, v), of(beta, v),
                of(runningMean, v), of(runningVar, v), of(y, v), of(mean, v), of(invStd, v)));
        assertClose(runningMean, 2e-7);
        assertClose(runningVar, 2e-7);
        Twin dy = twin(normal(n));
        Twin dx = out(n);
        Twin dgamma = out(columns);
        Twin dbeta = out(columns);
        both(dx, 3e-6, (b, v) -> b.batchNormTrainBackward(shape, of(x, v), of(gamma, v), of(mean, v), of(invStd, v),
                of(dy, v), of(dx, v), of(dgamma, v), of(dbeta, v)));
        assertClose(dgamma, 2e-6);
        assertClose(dbeta, 2e-6);
        both(y, 1e-6, (b, v) -> b.batchNormEval(shape, 1e-5, of(x, v), of(gamma, v), of(beta, v), of(runningMean, v),
                of(runningVar, v), of(y, v)));
        both(dx, 1e-6, (b, v) -> b.batchNormEvalBackward(shape, 1e-5, of(x, v), of(gamma, v), of(runningMean, v),
                of(runningVar, v), of(dy, v), of(dx, v), of(dgamma, v), of(dbeta, v)));
    }

    @ParameterizedTest
    @MethodSource("columns")
    void sums(int n) {
        for (ReduceShape shape : new ReduceShape[]{new ReduceShape(1, 70, n), new ReduceShape(40, 3, n),
            new ReduceShape(3, n, 1), new ReduceShape(2, n, 5)}) {
            Twin x = twin(normal(shape.outer() * shape.reduced() * shape.inner()));
            Twin y = out(shape.outer() * shape.inner());
            both(y, 2e-6, (b, v) -> b.sum(shape, of(x, v), of(y, v)));
        }
    }

    @Test
    void sumOfMillionsBesideAnOffsetIsRoundedOnce() {
        int n = 5_000_001;
        Twin x = twin(uniform(n, 10_000, 10_001));
        for (ReduceShape shape : new ReduceShape[]{new ReduceShape(1, n, 1), new ReduceShape(1, n / 3, 3)}) {
            Twin y = out(shape.inner());
            both(y, 0x1p-24, (b, v) -> b.sum(shape, of(x, v), of(y, v)));
        }
    }

    @Test
    void aLargeMeanCostsNoDigits() {
        RowShape shape = new RowShape(3000, 20);
        Twin x = twin(uniform(shape.length(), 30_000, 30_001));
        Twin ones = twin(uniform(20, 1, 1));
        Twin zeros = twin(new double[20]);
        Twin y = out(shape.length());
        Twin mean = out(shape.rows());
        Twin invStd = out(shape.rows());
        both(y, 3e-7, (b, v) -> b.batchNormTrain(shape, 0, 1e-5, of(x, v), of(ones, v), of(zeros, v), of(zeros, v),
                of(ones, v), of(y, v), of(mean, v), of(invStd, v)));
        both(y, 3e-7, (b, v) -> b.layerNorm(shape, 1e-5, of(x, v), of(ones, v), of(zeros, v), of(y, v), of(mean, v),
                of(invStd, v)));
    }

    @Test
    void statisticsOfOneRowAreRefused() {
        Storage s = vector.memory().allocate(1);
        assertThatThrownBy(() -> vector.batchNormTrain(new RowShape(1, 1), 0.1, 1e-5, s, s, s, s, s, s, s, s))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rows of a batch to normalise is 1, must be at least 2");
    }

    @Test
    void underflowGivesZeroAndNeverADenormal() {
        float[] x = new float[20_000];
        for (int i = 0; i < x.length; i++) {
            x[i] = -i * 0.01f;
        }
        Storage in = vector.memory().allocate(x.length);
        vector.memory().write(x, 0, in);
        Storage out = vector.memory().allocate(x.length);
        for (UnaryOp op : new UnaryOp[]{UnaryOp.EXP, UnaryOp.SIGMOID, UnaryOp.GELU, UnaryOp.QUICK_GELU}) {
            vector.unary(op, in, out);
            assertNoDenormals(out);
        }
        vector.softmax(new RowShape(1, x.length), in, out);
        assertNoDenormals(out);
        vector.softmaxBackward(new RowShape(1, x.length), out, in, out);
        assertNoDenormals(out);
    }

    @Test
    void decayedMomentsBecomeZero() {
        Storage[] s = IntStream.range(0, 4).mapToObj(i -> vector.memory().allocate(LANES + 1)).toArray(Storage[]::new);
        for (int i = 0; i < 4; i++) {
            vector.fill(i == 0 ? 0 : 1, s[i]);
        }
        for (int i = 1; i <= 2000; i++) {
            vector.adamW(new AdamWStep(1e-3, 0.9, 0.9, 1e-8, 0, i), s[0], s[1], s[2], s[3], 0, null);
        }
        assertThat(read(s[2])).containsOnly(0f);
        assertThat(read(s[3])).containsOnly(0f);
    }

    @Test
    void aNanFillsItsSoftmaxRowOnly() {
        Twin x = twin(normal(3 * 37));
        vector.fill(Double.NaN, x.vector.slice(50, 1));
        Storage y = vector.memory().allocate(3 * 37);
        vector.softmax(new RowShape(3, 37), x.vector, y);
        for (int i = 0; i < 3 * 37; i++) {
            assertThat(Float.isNaN(read(y)[i])).isEqualTo(i / 37 == 1);
        }
    }

    private static Storage of(Twin twin, boolean isVector) {
        return isVector ? twin.vector : twin.reference;
    }

    private Twin twin(double[] numbers) {
        int offset = 1 + random.nextInt(2 * LANES);
        Storage own = reference.memory().allocate(numbers.length);
        Storage surroundings = vector.memory().allocate(offset + numbers.length + 3);
        vector.fill(GUARD, surroundings);
        Storage window = surroundings.slice(offset, numbers.length);
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        reference.memory().write(floats, 0, own);
        vector.memory().write(floats, 0, window);
        return new Twin(own, window, surroundings);
    }

    private Twin out(int n) {
        return twin(fill(n, () -> Double.NaN));
    }

    private double[] normal(int n) {
        return fill(n, random::nextGaussian);
    }

    private double[] uniform(int n, double low, double high) {
        return fill(n, () -> low + (high - low) * random.nextDouble());
    }

    private static double[] fill(int n, DoubleSupplier numbers) {
        return IntStream.range(0, n).mapToDouble(i -> numbers.getAsDouble()).toArray();
    }

    private void both(Twin out, double tolerance, Call call) {
        call.on(reference, false);
        call.on(vector, true);
        assertClose(out, tolerance);
    }

    /** The difference is at most tolerance times the number, or times 1 for small numbers; the guards are untouched. */
    private void assertClose(Twin out, double tolerance) {
        double[] expected = new double[out.reference.length()];
        reference.memory().read(out.reference, expected, 0);
        float[] actual = read(out.vector);
        for (int i = 0; i < actual.length; i++) {
            double error = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
            if (!(error <= tolerance)) {
                throw new AssertionError(
                        "[" + i + "] of " + actual.length + " is " + actual[i] + ", not " + expected[i]);
            }
        }
        float[] all = read(out.surroundings);
        int before = all.length - 3 - actual.length;
        for (int i = 0; i < all.length; i++) {
            if (i < before || i >= before + actual.length) {
                assertThat(all[i]).as("guard").isEqualTo(GUARD);
            }
        }
    }

    private void assertNoDenormals(Storage storage) {
        for (float number : read(storage)) {
            assertThat(number == 0 || Math.abs(number) >= Float.MIN_NORMAL).as("%s", number).isTrue();
        }
    }

    private float[] read(Storage storage) {
        float[] numbers = new float[storage.length()];
        vector.memory().read(storage, numbers, 0);
        return numbers;
    }
}
