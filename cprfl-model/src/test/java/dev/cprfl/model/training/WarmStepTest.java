package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A warm training step and a warm prediction make little garbage: handles of tensors and the record of the tape, but no numbers.
 * What they allocate is counted, on all threads, and the best of many runs is judged: the compiler still works during the
 * first ones, and code that it has not compiled yet makes an object of each vector.
 */
class WarmStepTest {

    private static final List<String> SMALL = List.of("backbone={block: bottleneck, layers: [1, 1, 1, 1], width: 16}",
            "imageSize=64", "jointDim=64", "textDim=32", "heads=2", "headDim=32", "mlpDim=64");
    private static final int BATCH = 4;
    private static final int CLASSES = 20;

    private static final long STEP_BYTES = 600_000;
    private static final long PREDICTION_BYTES = 300_000;
    private static final long SECONDS_TO_WARM_UP = 60;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final RunConfig config = RunConfig.load(null, null, SMALL);

    private Cprfl model(Initializer initializer) {
        return new Cprfl(config.network(), initializer.normal(Shape.of(CLASSES, 32), 1), initializer);
    }

    @Test
    void aTrainingStep() {
        try (Backend backend = Backends.open("vector", 2)) {
            Initializer initializer = new Initializer(backend, Rng.of(1));
            Learner learner = new Learner(model(initializer), config.lossFunction(null), config.training(), 1_000_000);
            Tensor images = initializer.normal(Shape.of(BATCH, 64, 64, 3), 1);
            Tensor targets = Tensor.zeros(backend, Shape.of(BATCH, CLASSES));
            int[] step = {0};
            assertThat(leastBytes(STEP_BYTES, () -> learner.step(step[0]++, images, targets)))
                    .as("bytes allocated in a training step").isLessThan(STEP_BYTES);
        }
    }

    @Test
    void aPrediction() {
        try (Backend backend = Backends.open("vector", 2)) {
            Initializer initializer = new Initializer(backend, Rng.of(1));
            Cprfl model = model(initializer);
            model.prepareInference();
            Tensor images = initializer.normal(Shape.of(BATCH, 64, 64, 3), 1);
            assertThat(leastBytes(PREDICTION_BYTES, () -> {
                try (Scope _ = Scope.open()) {
                    model.logits(Variable.constant(images));
                }
            })).as("bytes allocated in a prediction").isLessThan(PREDICTION_BYTES);
        }
    }

    /** The least that one run allocated, of at least ten and of as many as it takes to get below the limit. */
    private static long leastBytes(long limit, Runnable run) {
        long least = Long.MAX_VALUE;
        long deadline = System.nanoTime() + SECONDS_TO_WARM_UP * 1_000_000_000;
        for (int i = 0; i < 10 || (least >= limit && System.nanoTime() < deadline); i++) {
            long before = THREADS.getTotalThreadAllocatedBytes();
            run.run();
            least = Math.min(least, THREADS.getTotalThreadAllocatedBytes() - before);
        }
        return least;
    }
}
