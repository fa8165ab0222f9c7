package dev.cprfl.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.DeviceMemoryException;
import dev.cprfl.kernels.Storage;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on a GPU: the same bits each time, nothing kept from step to step, and what a full memory leaves behind. */
class DeviceTrainingTest {

    private static final List<String> SMALL = List.of("backbone={block: bottleneck, layers: [1, 1, 1, 1], width: 16}",
            "imageSize=64", "jointDim=64", "textDim=32", "heads=2", "headDim=32", "mlpDim=64", "training.lr=1e-3");
    private static final int BATCH = 4;
    private static final int CLASSES = 20;
    private static final long LARGEST_GROWTH = 64 << 10;

    private final RunConfig config = RunConfig.load(null, null, SMALL);

    /** A small network and the images it learns. */
    private final class Training {

        final Learner learner;
        final Tensor images;
        final Tensor targets;
        int steps;

        Training(Backend backend) {
            Initializer initializer = new Initializer(backend, Rng.of(1));
            Cprfl model = new Cprfl(config.network(), initializer.normal(Shape.of(CLASSES, 32), 1), initializer);
            learner = new Learner(model, config.lossFunction(null), config.training(), 1_000_000);
            images = initializer.normal(Shape.of(BATCH, 64, 64, 3), 1);
            float[] labels = new float[BATCH * CLASSES];
            for (int i = 0; i < labels.length; i += 7) {
                labels[i] = 1;
            }
            targets = Tensor.of(backend, Shape.of(BATCH, CLASSES), labels);
        }

        double step() {
            return learner.step(steps++, images, targets);
        }

        double[] losses(int count) {
            double[] losses = new double[count];
            for (int i = 0; i < count; i++) {
                losses[i] = step();
            }
            return losses;
        }
    }

    private static Backend open(String name) {
        BackendProvider provider = Backends.provider(name);
        assumeTrue(provider.obstacle() == null, name + ": " + provider.obstacle());
        return provider.open(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:fp32", "cuda:tf32", "cuda:bf16"})
    void givesTheSameBitsEachTime(String name) {
        double[][] losses = new double[2][];
        for (int run = 0; run < 2; run++) {
            try (Backend backend = open(name)) {
                losses[run] = new Training(backend).losses(30);
            }
        }
        assertThat(losses[1]).containsExactly(losses[0]);
        assertThat(losses[0][29]).isNotEqualTo(losses[0][0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:tf32", "cuda:bf16"})
    void keepsNothingFromTenThousandSteps(String name) throws IOException {
        try (Backend backend = open(name)) {
            Training training = new Training(backend);
            training.losses(3000);
            long held = backend.memory().bytesHeld();
            long outside = kilobytesOutsideTheHeap();
            training.losses(10_000);
            assertThat(backend.memory().bytesHeld()).isEqualTo(held);
            assertThat(kilobytesOutsideTheHeap() - outside)
                    .as("kilobytes that the process grew by, without Java's heap")
                    .isLessThan(LARGEST_GROWTH);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:tf32"})
    void aFullMemoryIsAnErrorThatTrainingSurvives(String name) {
        double[] expected;
        try (Backend backend = open(name)) {
            expected = new Training(backend).losses(6);
        }
        try (Backend backend = open(name)) {
            Training training = new Training(backend);
            double[] before = training.losses(3);
            List<Storage> hogs = fill(backend);
            assertThatThrownBy(() -> training.learner.step(3, training.images, training.targets))
                    .isInstanceOf(DeviceMemoryException.class)
                    .hasMessageMatching(".* MiB more were asked for, .* MiB are held, .* MiB free; .*");
            hogs.forEach(backend.memory()::release);
            double[] after = training.losses(3);
            assertThat(before).containsExactly(Arrays.copyOf(expected, 3));
            assertThat(after).containsExactly(Arrays.copyOfRange(expected, 3, 6));
        }
    }

    /** Takes all memory, the gaps of the pool included. */
    private static List<Storage> fill(Backend backend) {
        List<Storage> hogs = new ArrayList<>();
        for (int length = 1 << 28; length >= 64; length /= 4) {
            try {
                while (true) {
                    Storage hog = backend.memory().allocate(length);
                    backend.fill(0, hog);
                    hogs.add(hog);
                }
            } catch (DeviceMemoryException e) {
                // then smaller ones
            }
        }
        return hogs;
    }

    private static long kilobytesOutsideTheHeap() throws IOException {
        long resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
        return resident - Runtime.getRuntime().totalMemory() / 1024;
    }
}
