package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Warm kernels allocate next to nothing. A vector that the compiler could not keep in a register would be an object for each
 * round of a loop: tens of kilobytes a call. All kernels run in turn, because what the compiler does to one depends on the
 * others that share its callers.
 */
class AllocationTest {

    /** Not a multiple of the lanes, so that the rests take part. */
    private static final int ROWS = 9;
    private static final int COLUMNS = 109;
    private static final int N = ROWS * COLUMNS;

    /** Room for the lambdas and handles of one call. */
    private static final long BYTES_A_CALL = 200;
    /** HotSpot compiles callers after 5000 calls. */
    private static final int LEAST_ROUNDS = 12_000;
    private static final int ROUNDS = 500;
    private static final long SECONDS_TO_WARM_UP = 120;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final VectorBackend BACKEND = new VectorBackend(1);

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    @Test
    void warmKernelsAllocateNothing() {
        assumeTrue(FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 256,
                "not judged: narrower vector units lack some operations in hardware");
        Map<String, Runnable> kernels = kernels();
        long deadline = System.nanoTime() + SECONDS_TO_WARM_UP * 1_000_000_000;
        Map<String, Long> greedy = Map.of("not yet run", 0L);
        for (int round = 0; round < LEAST_ROUNDS
                || (!greedy.isEmpty() && System.nanoTime() < deadline); round += ROUNDS) {
            greedy = greedy(kernels);
        }
        assertThat(greedy).as("bytes a call").isEmpty();
    }

    /** Runs all kernels in turn; those that allocated more than allowed, with how much a call. */
    private static Map<String, Long> greedy(Map<String, Runnable> kernels) {
        Map<String, Long> bytes = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            kernels.forEach((name, kernel) -> {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                kernel.run();
                bytes.merge(name, THREADS.getCurrentThreadAllocatedBytes() - before, Long::sum);
            });
        }
        bytes.replaceAll((name, sum) -> sum / ROUNDS);
        bytes.values().removeIf(sum -> sum <= BYTES_A_CALL);
        return bytes;
    }

    private static Map<String, Runnable> kernels() {
        Storage[] s = IntStream.range(0, 10).mapToObj(i -> BACKEND.memory().allocate(N)).toArray(Storage[]::new);
        for (int i = 0; i < s.length; i++) {
            BACKEND.fill(0.1 * i + 0.1, s[i]);
        }
        RowShape rows = new RowShape(ROWS, COLUMNS);
        Map<String, Runnable> kernels = new LinkedHashMap<>();
        for (UnaryOp op : UnaryOp.values()) {
            kernels.put(op.name(), () -> BACKEND.unary(op, s[0], s[1]));
            kernels.put(op + " backward", () -> BACKEND.unaryBackward(op, s[0], s[1], s[2], s[3]));
        }
        BroadcastShape same = BroadcastShape.same(N);
        BroadcastShape row = BroadcastShape.of(new int[]{ROWS, COLUMNS}, new int[]{COLUMNS});
        BroadcastShape column = BroadcastShape.of(new int[]{ROWS, 1}, new int[]{ROWS, COLUMNS});
        for (BinaryOp op : BinaryOp.values()) {
            kernels.put(op.name(), () -> BACKEND.binary(op, same, s[0], s[1], s[2]));
            kernels.put(op + " row", () -> BACKEND.binary(op, row, s[0], s[1], s[2]));
            kernels.put(op + " column", () -> BACKEND.binary(op, column, s[0], s[1], s[2]));
        }
        kernels.put("scale", () -> BACKEND.scale(0.5, s[0], s[1]));
        kernels.put("accumulate", () -> BACKEND.accumulate(0.5, s[0], s[1]));
        kernels.put("dropout", () -> BACKEND.dropout(0.1, 7, s[0], s[1]));
        kernels.put("sum of rows", () -> BACKEND.sum(new ReduceShape(ROWS, COLUMNS, 1), s[0], s[1]));
        kernels.put("sum of columns", () -> BACKEND.sum(new ReduceShape(1, ROWS, COLUMNS), s[0], s[1]));
        kernels.put("firstNonFinite", () -> BACKEND.firstNonFinite(s[0]));
        kernels.put("batchNormTrain",
                () -> BACKEND.batchNormTrain(rows, 0.1, 1e-5, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
        kernels.put("batchNormTrainBackward",
                () -> BACKEND.batchNormTrainBackward(rows, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
        kernels.put("batchNormTrainRelu",
                () -> BACKEND.batchNormTrainRelu(rows, 0.1, 1e-5, s[0], s[1], s[2], s[3], s[4], null, s[5], s[6],
                        s[7]));
        kernels.put("batchNormTrainRelu with residual",
                () -> BACKEND.batchNormTrainRelu(rows, 0.1, 1e-5, s[0], s[1], s[2], s[3], s[4], s[8], s[5], s[6],
                        s[7]));
        kernels.put("batchNormTrainReluBackward",
                () -> BACKEND.batchNormTrainReluBackward(rows, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8],
                        s[9]));
        kernels.put("batchNormEval", () -> BACKEND.batchNormEval(rows, 1e-5, s[0], s[1], s[2], s[3], s[4], s[5]));
        kernels.put("batchNormEvalBackward",
                () -> BACKEND.batchNormEvalBackward(rows, 1e-5, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
        kernels.put("layerNorm", () -> BACKEND.layerNorm(rows, 1e-5, s[0], s[1], s[2], s[3], s[4], s[5]));
        kernels.put("layerNormBackward",
                () -> BACKEND.layerNormBackward(rows, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
        kernels.put("softmax", () -> BACKEND.softmax(rows, s[0], s[1]));
        kernels.put("softmaxBackward", () -> BACKEND.softmaxBackward(rows, s[0], s[1], s[2]));
        Storage targets = BACKEND.memory().allocate(N);
        BACKEND.fill(0, targets);
        BACKEND.fill(1, targets.slice(0, N / 4));
        AslShape detached = new AslShape(N, 0, 4, 0.05, 1e-8, true);
        kernels.put("asymmetricLoss", () -> BACKEND.asymmetricLoss(detached, s[0], targets, s[2]));
        kernels.put("asymmetricLossBackward",
                () -> BACKEND.asymmetricLossBackward(detached, s[0], targets, s[2], s[3]));
        AslShape soft = new AslShape(N, 1.5, 4, 0.05, 1e-8, false);
        kernels.put("asymmetricLoss of soft targets", () -> BACKEND.asymmetricLoss(soft, s[0], s[1], s[2]));
        kernels.put("asymmetricLossBackward of soft targets",
                () -> BACKEND.asymmetricLossBackward(soft, s[0], s[1], s[2], s[3]));
        kernels.put("bceWithLogits", () -> BACKEND.bceWithLogits(s[0], s[1], s[2]));
        kernels.put("bceWithLogitsBackward", () -> BACKEND.bceWithLogitsBackward(s[0], s[1], s[2], s[3]));
        AdamWStep step = new AdamWStep(1e-5, 0.9, 0.999, 1e-8, 1e-4, 1);
        kernels.put("adamW", () -> BACKEND.adamW(step, s[0], s[1], s[2], s[3], 0.998, s[4]));
        kernels.put("ema", () -> BACKEND.ema(0.998, s[0], s[1]));
        return kernels;
    }
}
