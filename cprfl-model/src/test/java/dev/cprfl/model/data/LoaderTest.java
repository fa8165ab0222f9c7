package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoaderTest {

    private static final int SIZE = 4;

    /** Adds a random number to every pixel: shows which generator an image got. */
    private static final Augmentation SHIFT = (image, rng) -> {
        Image shifted = image.copy();
        byte by = (byte) rng.nextInt(200);
        for (int i = 0; i < shifted.rgb().length; i++) {
            shifted.rgb()[i] += by;
        }
        return shifted;
    };

    /** Image i is filled with i and shows the classes i % 3 and, if i is even, 2. Calls {@code onRead} for each image. */
    private record Numbered(int size, IntConsumer onRead) implements Samples {

        @Override
        public int classes() {
            return 3;
        }

        @Override
        public List<Integer> labels(int index) {
            return index % 2 == 0 && index % 3 != 2 ? List.of(index % 3, 2) : List.of(index % 3);
        }

        @Override
        public Image image(int index) {
            onRead.accept(index);
            Image image = Image.blank(SIZE, SIZE);
            Arrays.fill(image.rgb(), (byte) index);
            return image;
        }

        @Override
        public String name(int index) {
            return "image " + index;
        }
    }

    private static Samples numbered(int size) {
        return new Numbered(size, _ -> {});
    }

    private static Loader.Settings training(int batchSize, long seed, int workers) {
        return new Loader.Settings(batchSize, SIZE, Normalization.NONE, SHIFT, true, false, seed, workers);
    }

    @Test
    void fillsImagesTargetsAndIndices() {
        try (Loader loader = new Loader(numbered(5), Loader.Settings.inOrder(2, SIZE, Normalization.NONE, 2))) {
            Loader.Batches batches = loader.epoch(0, 0);
            assertThat(loader.batches()).isEqualTo(3);
            Batch first = batches.next();
            assertThat(first.size()).isEqualTo(2);
            assertThat(first.indices()).containsExactly(0, 1);
            assertThat(first.targets()).containsExactly(1, 0, 1, 0, 1, 0);
            assertThat(first.images()[0]).isZero();
            assertThat(first.images()[SIZE * SIZE * 3 - 1]).isZero();
            assertThat(first.images()[SIZE * SIZE * 3]).isEqualTo(1 / 255f);
            assertThat(first.images()[2 * SIZE * SIZE * 3 - 1]).isEqualTo(1 / 255f);
            Batch second = batches.next();
            assertThat(second.indices()).containsExactly(2, 3);
            assertThat(second.targets()).as("no label is left from an earlier batch").containsExactly(0, 0, 1, 1, 0, 0);
            Batch last = batches.next();
            assertThat(last.size()).isEqualTo(1);
            assertThat(last.indices()[0]).isEqualTo(4);
            assertThat(batches.hasNext()).isFalse();
            assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void theNumberOfWorkersChangesNothing() {
        List<float[]> alone = epoch(training(4, 11, 1), 3, 0, 30);
        for (int workers : new int[]{2, 3, 16}) {
            assertSame(epoch(training(4, 11, workers), 3, 0, 30), alone);
        }
    }

    @Test
    void anEpochCanStartAnywhere() {
        List<float[]> whole = epoch(training(4, 11, 2), 3, 0, 30);
        for (int first = 0; first <= whole.size(); first++) {
            assertSame(epoch(training(4, 11, 2), 3, first, 30), whole.subList(first, whole.size()));
        }
    }

    @Test
    void seedAndEpochDecideTheOrder() {
        List<Integer> order = order(11, 3);
        assertThat(order).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 30).boxed().toList());
        assertThat(order(11, 3)).isEqualTo(order);
        assertThat(order(11, 4)).isNotEqualTo(order);
        assertThat(order(12, 3)).isNotEqualTo(order);
        int[] expected = IntStream.range(0, 30).toArray();
        Rng.of(11, 3).shuffle(expected);
        assertThat(order).isEqualTo(Arrays.stream(expected).boxed().toList());
    }

    @Test
    void anImagesAugmentationDependsOnSeedEpochAndIndexOnly() {
        try (Loader loader = new Loader(numbered(6), training(3, 5, 2))) {
            Loader.Batches batches = loader.epoch(2, 0);
            while (batches.hasNext()) {
                Batch batch = batches.next();
                for (int i = 0; i < batch.size(); i++) {
                    int index = batch.indices()[i];
                    int expected = (index + Rng.of(5, 2, index).nextInt(200)) & 0xFF;
                    assertThat(batch.images()[i * SIZE * SIZE * 3]).isEqualTo(expected / 255f);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10, 4, false, 3", "10, 4, true, 2", "8, 4, true, 2", "8, 4, false, 2", "3, 4, false, 1",
        "3, 4, true, 0",
        "0, 4, false, 0", "1, 1, false, 1"})
    void countsBatches(int images, int batchSize, boolean dropLast, int batches) {
        Loader.Settings settings = new Loader.Settings(batchSize, SIZE, Normalization.NONE, Augmentation.NONE, true,
                dropLast,
                1, 2);
        try (Loader loader = new Loader(numbered(images), settings)) {
            assertThat(loader.batches()).isEqualTo(batches);
            Loader.Batches epoch = loader.epoch(0, 0);
            int seen = 0;
            while (epoch.hasNext()) {
                int size = epoch.next().size();
                assertThat(size).isEqualTo(Math.min(batchSize, images - seen * batchSize));
                seen++;
            }
            assertThat(seen).isEqualTo(batches);
        }
    }

    @Test
    void readsNoFurtherAheadThanItsBuffers() throws InterruptedException {
        AtomicInteger read = new AtomicInteger();
        Samples samples = new Numbered(100, _ -> read.incrementAndGet());
        try (Loader loader = new Loader(samples, Loader.Settings.inOrder(5, SIZE, Normalization.NONE, 4))) {
            Loader.Batches batches = loader.epoch(0, 0);
            for (int taken = 1; taken <= 4; taken++) {
                batches.next();
                Thread.sleep(50);
                assertThat(read.get()).as("after %d batches", taken).isLessThanOrEqualTo((taken + 2) * 5);
            }
        }
        assertThat(read.get()).as("nothing is read after closing").isLessThanOrEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aFailureArrivesInItsTurnWithTheName(int workers) {
        Samples samples = new Numbered(20, index -> {
            if (index == 9 || index == 11) {
                throw new UserException("image " + index + ": broken");
            }
        });
        try (Loader loader = new Loader(samples, Loader.Settings.inOrder(4, SIZE, Normalization.NONE, workers))) {
            Loader.Batches batches = loader.epoch(0, 0);
            batches.next();
            batches.next();
            assertThatThrownBy(batches::next).isInstanceOf(UserException.class).hasMessage("image 9: broken");
            assertThat(loader.epoch(1, 3).next().indices()).as("usable after a failure").containsExactly(12, 13, 14,
                    15);
        }
    }

    @Test
    void aBugIsReportedWithTheName() {
        Samples samples = new Numbered(2, index -> {
            if (index == 1) {
                throw new ArithmeticException("oops");
            }
        });
        try (Loader loader = new Loader(samples, Loader.Settings.inOrder(2, SIZE, Normalization.NONE, 1))) {
            assertThatThrownBy(loader.epoch(0, 0)::next).isInstanceOf(IllegalStateException.class)
                    .hasMessage("image 1: oops").hasCauseInstanceOf(ArithmeticException.class);
        }
        try (Loader loader = new Loader(numbered(2), Loader.Settings.inOrder(2, SIZE + 1, Normalization.NONE, 1))) {
            assertThatThrownBy(loader.epoch(0, 0)::next).hasMessage("image 0: the image is 4 x 4, not 5 x 5");
        }
    }

    @Test
    void closingWaitsForTheImagesBeingRead() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        AtomicInteger reading = new AtomicInteger();
        Samples samples = new Numbered(50, _ -> {
            reading.incrementAndGet();
            started.countDown();
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError("workers are not interrupted", e);
            }
            reading.decrementAndGet();
        });
        Set<Thread> before = loaderThreads();
        Loader loader = new Loader(samples, Loader.Settings.inOrder(4, SIZE, Normalization.NONE, 3));
        Loader.Batches batches = loader.epoch(0, 0);
        started.await();
        loader.close();
        assertThat(reading.get()).isZero();
        assertThat(batches.hasNext()).isFalse();
        Set<Thread> left = loaderThreads();
        left.removeAll(before);
        for (Thread thread : left) { // a pool counts as ended just before its last thread does
            assertThat(thread.join(Duration.ofSeconds(10))).as("%s ends", thread).isTrue();
        }
    }

    @Test
    void keepsResizedImagesWithinItsBytes() {
        AtomicInteger read = new AtomicInteger();
        int bytes = 2 * 2 * 3;
        ResizedSamples samples = new ResizedSamples(new Numbered(10, _ -> read.incrementAndGet()), 2, Resample.BILINEAR,
                4L * bytes + 5);
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < 10; i++) {
                Image image = samples.image(i);
                assertThat(image.width()).isEqualTo(2);
                assertThat(image.at(1, 1, 2)).isEqualTo(i);
            }
            assertThat(read.get()).as("round %d", round).isEqualTo(10 + (round - 1) * 6);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void badFilesAreLeftOutTheSameWayForAnyNumberOfWorkers(int workers, @TempDir Path folder) throws IOException {
        List<Sample> files = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Path file = folder.resolve(i + ".png");
            byte[] png = GoldenCases.resource("preproc/px_rgb.png");
            Files.write(file, i == 1 || i == 4 ? Arrays.copyOf(png, 50) : png);
            files.add(new Sample(file, List.of(i % 2)));
        }
        Files.delete(folder.resolve("2.png"));
        var sound = SubsetSamples.withoutBad(new FileSamples(files, 2, new ImageReader(true)), workers);
        assertThat(sound.bad()).hasSize(3);
        assertThat(sound.bad().get(0)).startsWith(folder.resolve("1.png") + ": ");
        assertThat(sound.bad().get(1)).isEqualTo(folder.resolve("2.png") + ": no such image file");
        Samples left = sound.samples();
        assertThat(IntStream.range(0, left.size()).mapToObj(left::name)).containsExactly(
                folder.resolve("0.png").toString(),
                folder.resolve("3.png").toString(), folder.resolve("5.png").toString());
        assertThat(left.labels(1)).containsExactly(1);
        assertThat(SubsetSamples.withoutBad(left, workers).samples()).as("nothing bad, nothing wrapped").isSameAs(left);
    }

    private static List<float[]> epoch(Loader.Settings settings, int epoch, int firstBatch, int images) {
        List<float[]> seen = new ArrayList<>();
        try (Loader loader = new Loader(numbered(images), settings)) {
            Loader.Batches batches = loader.epoch(epoch, firstBatch);
            while (batches.hasNext()) {
                Batch batch = batches.next();
                int numbers = batch.size() * SIZE * SIZE * 3;
                float[] both = Arrays.copyOf(batch.images(), numbers + batch.size() * 3);
                System.arraycopy(batch.targets(), 0, both, numbers, batch.size() * 3);
                seen.add(both);
            }
        }
        return seen;
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("batch %d", i).isEqualTo(expected.get(i));
        }
    }

    private static List<Integer> order(long seed, int epoch) {
        List<Integer> order = new ArrayList<>();
        try (Loader loader = new Loader(numbered(30), training(4, seed, 2))) {
            Loader.Batches batches = loader.epoch(epoch, 0);
            while (batches.hasNext()) {
                Batch batch = batches.next();
                Arrays.stream(batch.indices(), 0, batch.size()).forEach(order::add);
            }
        }
        return order;
    }

    private static Set<Thread> loaderThreads() {
        Set<Thread> threads = new HashSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("loader-")) {
                threads.add(thread);
            }
        }
        return threads;
    }
}
