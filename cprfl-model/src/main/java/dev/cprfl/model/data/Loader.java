package dev.cprfl.model.data;

import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Prepares batches ahead of their use. Each image is one task of a thread pool that writes straight into its place of the
 * batch, so the result does not depend on the number of threads: the order of an epoch is drawn from (seed, epoch), an
 * image's augmentation from (seed, epoch, index). Memory is bounded by {@value #BUFFERS} batches.
 */
public final class Loader implements AutoCloseable {

    /** The batch in use, and two that are being filled. */
    private static final int BUFFERS = 3;

    /**
     * How batches are made.
     *
     * @param imageSize height and width every image of the samples has
     * @param shuffle whether each epoch has an order of its own
     * @param dropLast whether an epoch leaves out a last batch that is not full; PyTorch's default and the authors' is not to
     * @param workers number of threads
     */
    public record Settings(int batchSize, int imageSize, Normalization normalization, Augmentation augmentation,
            boolean shuffle, boolean dropLast, long seed, int workers) {

        public Settings {
            if (batchSize < 1 || imageSize < 1 || workers < 1) {
                throw new IllegalArgumentException("batch size, image size and workers must be at least one, are "
                        + batchSize + ", " + imageSize + ", " + workers);
            }
        }

        /** For evaluation: all images in their order, unchanged. */
        public static Settings inOrder(int batchSize, int imageSize, Normalization normalization, int workers) {
            return new Settings(batchSize, imageSize, normalization, Augmentation.NONE, false, false, 0, workers);
        }
    }

    private final Samples samples;
    private final Settings settings;
    private final ExecutorService pool;
    private final List<Batch> buffers = new ArrayList<>();
    private Batches open;

    public Loader(Samples samples, Settings settings) {
        this.samples = samples;
        this.settings = settings;
        this.pool = Executors.newFixedThreadPool(settings.workers,
                Thread.ofPlatform().daemon().name("loader-", 1).factory());
        int capacity = Math.min(settings.batchSize, samples.size());
        int pixels = Math.multiplyExact(settings.imageSize, settings.imageSize) * 3;
        for (int i = 0; i < Math.min(BUFFERS, batches()); i++) {
            buffers.add(new Batch(capacity, new float[Math.multiplyExact(capacity, pixels)],
                    new float[Math.multiplyExact(capacity, samples.classes())], new int[capacity]));
        }
    }

    /** Number of batches of an epoch. */
    public int batches() {
        int full = samples.size() / settings.batchSize;
        return full + (settings.dropLast || samples.size() % settings.batchSize == 0 ? 0 : 1);
    }

    /**
     * The batches of an epoch from {@code firstBatch} on; the same as if the earlier ones had been taken. Only one epoch can
     * be open at a time: opening the next closes it.
     */
    public Batches epoch(int epoch, int firstBatch) {
        if (open != null) {
            open.close();
        }
        open = new Batches(epoch, firstBatch);
        return open;
    }

    /** Ends the threads; images being read are finished first. */
    @Override
    public void close() {
        if (open != null) {
            open.close();
        }
        pool.close();
    }

    private record Pending(Batch batch, List<Future<?>> tasks) {}

    /** The batches of one epoch, in order. To be used by one thread. */
    public final class Batches implements Iterator<Batch>, AutoCloseable {

        private final int epoch;
        private final int[] order;
        private final Queue<Pending> pending = new ArrayDeque<>();
        private int nextToStart;
        private int nextToReturn;
        private Batch lent;
        private volatile boolean closed;

        private Batches(int epoch, int firstBatch) {
            this.epoch = epoch;
            this.nextToStart = firstBatch;
            this.nextToReturn = firstBatch;
            this.order = new int[samples.size()];
            Arrays.setAll(order, i -> i);
            if (settings.shuffle) {
                Rng.of(settings.seed, epoch).shuffle(order);
            }
            buffers.forEach(this::start);
        }

        @Override
        public boolean hasNext() {
            return !closed && nextToReturn < batches();
        }

        /**
         * The next batch; its arrays are valid until the call after this one.
         *
         * @throws UserException naming the file if an image cannot be read
         */
        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the epoch has no more batches");
            }
            if (lent != null) {
                start(lent);
                lent = null;
            }
            Pending first = pending.element(); // stays there if a task fails: close() has to wait for the others
            first.tasks.forEach(Batches::await);
            pending.remove();
            nextToReturn++;
            lent = first.batch;
            return lent;
        }

        /** Submits the tasks of the next batch that is not under way, if there is one. */
        private void start(Batch buffer) {
            if (nextToStart >= batches()) {
                return;
            }
            int from = nextToStart * settings.batchSize;
            int size = Math.min(settings.batchSize, order.length - from);
            Batch batch = new Batch(size, buffer.images(), buffer.targets(), buffer.indices());
            List<Future<?>> tasks = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int place = i;
                tasks.add(pool.submit(() -> fill(batch, place, order[from + place])));
            }
            pending.add(new Pending(batch, tasks));
            nextToStart++;
        }

        private void fill(Batch batch, int place, int index) {
            if (closed) {
                return;
            }
            try {
                Image image = settings.augmentation.apply(samples.image(index), Rng.of(settings.seed, epoch, index));
                if (image.width() != settings.imageSize || image.height() != settings.imageSize) {
                    throw new IllegalArgumentException(
                            "the image is " + image.width() + " x " + image.height() + ", not "
                                    + settings.imageSize + " x " + settings.imageSize);
                }
                settings.normalization.toNhwc(image, batch.images(), place * image.rgb().length);
            } catch (UserException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new IllegalStateException(samples.name(index) + ": " + e.getMessage(), e);
            }
            int classes = samples.classes();
            Arrays.fill(batch.targets(), place * classes, (place + 1) * classes, 0);
            samples.labels(index).forEach(label -> batch.targets()[place * classes + label] = 1);
            batch.indices()[place] = index;
        }

        private static void await(Future<?> task) {
            try {
                task.get();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case RuntimeException exception -> throw exception;
                    case Error error -> throw error;
                    default -> throw new AssertionError(e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for images", e);
            }
        }

        /** Stops loading and waits for the images being read, so that no thread writes into the buffers any more. */
        @Override
        public void close() {
            closed = true;
            for (Pending one : pending) {
                for (Future<?> task : one.tasks) {
                    awaitQuietly(task);
                }
            }
            pending.clear();
        }

        private static void awaitQuietly(Future<?> task) {
            boolean interrupted = false;
            while (true) {
                try {
                    task.get();
                    break;
                } catch (ExecutionException e) {
                    break; // nobody wants this image any more
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
