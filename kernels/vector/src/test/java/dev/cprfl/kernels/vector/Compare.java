package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;

/** Runs an operation on the reference and on the vector backend, with several numbers of threads, and compares. */
final class Compare {

    private static final int[] THREADS = {1, 2, 3, 7};
    private static final int MARGIN = 5;

    /** One call of a backend; the inputs come first, the output last. */
    interface Call {
        void on(Backend backend, Storage[] inputs, Storage output);
    }

    private Compare() {}

    /**
     * The tolerance of each output is the rounding error bound of a sum of products (Higham and Mary 2019): u min(t, 3 sqrt(t))
     * times the sum of the absolute products, with t = terms + 1 for the bias and u = 2^-24. That sum is what the reference
     * computes from absolute inputs, since every operation compared here is linear in each of them.
     *
     * @param terms products summed in an output number; 0 if nothing is rounded
     */
    static void withReference(String what, int terms, int outputLength, int[] inputLengths, Call call) {
        float[][] inputs = normal(what, inputLengths);
        float[][] absolute = new float[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            absolute[i] = inputs[i].clone();
            for (int j = 0; j < inputs[i].length; j++) {
                absolute[i][j] = Math.abs(inputs[i][j]);
            }
        }
        double[] expected;
        double[] size;
        try (Backend reference = new ReferenceBackend()) {
            expected = run(reference, inputs, outputLength, call);
            size = run(reference, absolute, outputLength, call);
        }
        double roundings = terms == 0 ? 0 : Math.min(terms + 1, 3 * Math.sqrt(terms + 1));
        for (int i = 0; i < outputLength; i++) {
            size[i] *= 0x1p-24 * roundings;
        }
        compare(what, inputs, expected, size, call);
    }

    /** Every output must be within {@code tolerance} of the reference's, absolutely. */
    static void near(String what, double tolerance, int outputLength, int[] inputLengths, Call call) {
        float[][] inputs = normal(what, inputLengths);
        double[] expected;
        try (Backend reference = new ReferenceBackend()) {
            expected = run(reference, inputs, outputLength, call);
        }
        double[] tolerances = new double[outputLength];
        Arrays.fill(tolerances, tolerance);
        compare(what, inputs, expected, tolerances, call);
    }

    private static void compare(String what, float[][] inputs, double[] expected, double[] tolerances, Call call) {
        double[] first = null;
        for (int threads : THREADS) {
            try (Backend backend = new VectorBackend(threads)) {
                double[] actual = run(backend, inputs, expected.length, call);
                if (first == null) {
                    first = actual;
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(actual[i]).as("%s: output %d", what, i)
                                .isCloseTo(expected[i], Offset.offset(tolerances[i]));
                    }
                }
                assertThat(actual).as("%s: %d threads", what, threads).isEqualTo(first);
            }
        }
    }

    private static float[][] normal(String what, int[] lengths) {
        Random random = new Random(what.hashCode());
        float[][] inputs = new float[lengths.length][];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = new float[lengths[i]];
            for (int j = 0; j < inputs[i].length; j++) {
                inputs[i][j] = (float) random.nextGaussian();
            }
        }
        return inputs;
    }

    private static double[] run(Backend backend, float[][] inputs, int outputLength, Call call) {
        Memory memory = backend.memory();
        Storage[] storages = new Storage[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            storages[i] = memory.allocate(inputs[i].length + MARGIN).slice(i % MARGIN, inputs[i].length);
            memory.write(inputs[i], 0, storages[i]);
        }
        Storage whole = memory.allocate(outputLength + 2 * MARGIN);
        float[] poison = new float[outputLength + 2 * MARGIN];
        Arrays.fill(poison, Float.NaN);
        memory.write(poison, 0, whole);
        call.on(backend, storages, whole.slice(MARGIN, outputLength));
        double[] all = new double[outputLength + 2 * MARGIN];
        memory.read(whole, all, 0);
        for (int i = 0; i < MARGIN; i++) {
            assertThat(all[i]).as("before the output").isNaN();
            assertThat(all[outputLength + MARGIN + i]).as("after the output").isNaN();
        }
        return Arrays.copyOfRange(all, MARGIN, MARGIN + outputLength);
    }

    /** The numbers of a storage of the vector backend. */
    static float[] floats(Storage storage) {
        FloatStorage floats = FloatStorage.of(storage);
        return Arrays.copyOfRange(floats.array, floats.offset, floats.offset + floats.length);
    }

    /** Bytes per call that this thread allocates once the call is warm. */
    static long garbage(Runnable call) {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long least = Long.MAX_VALUE;
        // The compiler takes its time on a busy machine: wait for the best of many rounds.
        for (int round = 0; round < 400 && least > 1000; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20; i++) {
                call.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 20);
        }
        return least;
    }
}
