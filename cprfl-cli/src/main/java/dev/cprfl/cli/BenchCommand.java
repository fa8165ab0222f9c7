package dev.cprfl.cli;

import com.sun.management.ThreadMXBean;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Times a whole network on this machine. */
@Command(name = "bench", mixinStandardHelpOptions = true,
        description = {"Time whole forward passes or training steps of a network with random weights, after a warm-up.",
            "A training step is forward, loss, backward, AdamW and the moving average of the weights."},
        footer = {"", "Examples:",
            "  cprfl bench",
            "  cprfl bench --model cprfl --mode train --batch 4 --runs 5",
            "  cprfl bench --model resnet50 --size 224 --threads 1 --json",
            "  cprfl bench --model resnet101 --mode train --batch 64 --backend cuda:bf16",
            "",
            "GFLOP/s counts two for each multiply-add of convolutions (as if computed directly), matrix products and",
            "attention; a training step counts as three forward passes. Because some algorithms need fewer operations than",
            "are counted, it can exceed the peak of fused multiply-adds, which is measured between the runs (not for a device,",
            "whose peak is not measured). A run ends when all its work is done; a training step reads its loss as in training.",
            "Pool memory is the most that the backend held: weights, activations, optimizer state; on a device, in the device's",
            "memory. Process memory is the largest resident size of the whole Java process (Linux only)."})
final class BenchCommand implements Callable<Integer> {

    enum Mode {
        FORWARD, TRAIN
    }

    /**
     * @param device what a backend that {@link Backend#isDevice() is a device} says of itself, or null; it has no peak
     * @param flop counted operations of one run
     * @param processMiB 0 where the system does not tell
     */
    private record Result(String model, Mode mode, int size, int batch, int classes, String backend, String device,
            int threads, String processor, int runs, double medianSeconds, double minSeconds, double maxSeconds,
            double imagesPerSecond, double flop, double gflopsPerSecond, Double fmaPeakGflopsPerSecond,
            Double percentOfFmaPeak, double poolMiB, double processMiB, double garbageKiBPerRun) {}

    private static final String CPRFL = "cprfl";
    private static final int WARM_UP_RUNS = 3;
    private static final int SMALLEST = 32;
    /** The stem's output and the first stage's have 16 numbers for each pixel of the images, and Java arrays 2^31 - 1. */
    private static final int MOST_PIXELS = Integer.MAX_VALUE / 16;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Mixin
    private Common common;

    @Option(names = "--model", paramLabel = "NAME", defaultValue = "resnet101",
            description = "resnet18, 34, 50, 101 or 152 with a linear classifier, or cprfl. Default: resnet101.")
    private String model;

    @Option(names = "--size", paramLabel = "PIXELS", defaultValue = "448",
            description = "Width and height of the images. Default: 448.")
    private int size;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "1", description = "Images at a time. Default: 1.")
    private int batch;

    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "forward",
            description = "forward or train. Default: forward.")
    private Mode mode;

    @Option(names = "--classes", paramLabel = "C", defaultValue = "80", description = "Classes. Default: 80.")
    private int classes;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "10", description = "Timed runs. Default: 10.")
    private int runs;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "5",
            description = "Seconds of untimed runs before, at least three runs. Default: 5.")
    private double warmUp;

    private RunConfig config;
    private double peak;
    private double garbage;
    private long bytesHeld;

    @Override
    public Integer call() throws IOException {
        config = RunConfig.load(null, null, common.seedSetting());
        check();
        Shape shape = Shape.of(batch, size, size, 3);
        double flop = 2.0 * MultiplyAdds.of(dry -> build(Initializer.unset(dry)), shape)
                * (mode == Mode.TRAIN ? 3 : 1);
        try (Backend backend = common.openBackend(); Scope _ = Scope.open()) {
            common.remark("building " + model + " with random weights");
            Rng rng = Rng.of(config.training().seed());
            Initializer initializer = new Initializer(backend, rng);
            Classifier network = build(initializer);
            Tensor images = initializer.normal(shape, 1);
            Runnable run = mode == Mode.TRAIN
                    ? trainingSteps(network, images, rng)
                    : forwardPasses(network, images, initializer);
            common.remark("warming up, then " + runs + " timed runs; backend " + backend.name() + ": "
                    + backend.describe());
            double[] seconds = time(run, backend);
            double median = (seconds[(runs - 1) / 2] + seconds[runs / 2]) / 2;
            double rate = flop / median / 1e9;
            boolean device = backend.isDevice();
            Result result = new Result(model, mode, size, batch, classes, backend.name(),
                    device ? backend.describe() : null, common.threads(), Provenance.processorName(), runs, median,
                    seconds[0], seconds[runs - 1], batch / median, flop, rate, device ? null : peak,
                    device ? null : 100 * rate / peak, bytesHeld / 0x1p20, processMiB(), garbage / runs / 1024);
            common.print(result, text(result));
        }
        return Main.DONE;
    }

    private void check() {
        if (!model.equals(CPRFL)) {
            try {
                ResNetConfig.named(model);
            } catch (UserException e) {
                throw new UserException("--model: " + e.getMessage() + ", or cprfl", e);
            }
        }
        requireAtLeast(1, batch, "--batch");
        requireAtLeast(1, classes, "--classes");
        requireAtLeast(1, runs, "--runs");
        requireAtLeast(SMALLEST, size, "--size");
        if (!(warmUp >= 0)) {
            throw new UserException("--warm-up " + warmUp + ": give a number of seconds, at least 0");
        }
        if ((double) batch * size * size > MOST_PIXELS) {
            throw new UserException("--batch " + batch + " of --size " + size + ": at most " + MOST_PIXELS
                    + " pixels fit into a batch; give smaller numbers");
        }
        if (mode == Mode.TRAIN && batch == 1 && size == SMALLEST) {
            throw new UserException(
                    "--mode train --batch 1 --size " + size + ": the last feature map is one pixel, which"
                            + " has no variance to normalise by; give a larger batch or size");
        }
    }

    private static void requireAtLeast(int least, int value, String option) {
        if (value < least) {
            throw new UserException(option + " " + value + ": give a number of at least " + least);
        }
    }

    private Classifier build(Initializer initializer) {
        if (model.equals(CPRFL)) {
            Tensor textFeatures = initializer.normal(Shape.of(classes, config.textDim()), 1);
            return new Cprfl(config.network(), textFeatures, initializer);
        }
        return new LinearClassifier(ResNetConfig.named(model), classes, initializer);
    }

    /** The one place where a network is made ready for inference. */
    private Runnable forwardPasses(Classifier network, Tensor images, Initializer initializer) {
        Calibration.of(network, initializer);
        network.prepareInference();
        images.backend().memory().trim(); // what the runs below hold is to be measured
        return () -> {
            try (Scope _ = Scope.open()) {
                network.logits(Variable.constant(images)).value();
            }
        };
    }

    private Runnable trainingSteps(Classifier network, Tensor images, Rng rng) {
        Learner learner = new Learner(network, config.lossFunction(null), config.training(), Integer.MAX_VALUE);
        float[] labels = new float[batch * classes];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = rng.nextDouble() < 0.05 ? 1 : 0; // four of COCO's 80 classes an image
        }
        Tensor targets = Tensor.of(images.backend(), Shape.of(batch, classes), labels);
        int[] step = {0};
        return () -> learner.step(step[0]++, images, targets);
    }

    /** Seconds of the runs, the shortest first. */
    private double[] time(Runnable run, Backend backend) {
        long start = System.nanoTime();
        for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < warmUp * 1e9; i++) {
            run.run();
            backend.synchronize();
            lookAround(backend);
        }
        double[] seconds = new double[runs];
        try (CountedProgress progress = common.progress("bench", "runs", runs)) {
            for (int i = 0; i < runs; i++) {
                long before = THREADS.getTotalThreadAllocatedBytes();
                long begin = System.nanoTime();
                run.run();
                backend.synchronize();
                seconds[i] = (System.nanoTime() - begin) / 1e9;
                garbage += THREADS.getTotalThreadAllocatedBytes() - before;
                lookAround(backend);
                progress.done(i + 1);
            }
        }
        Arrays.sort(seconds);
        return seconds;
    }

    /** Between two runs: what the processor can do now, and what the backend holds. */
    private void lookAround(Backend backend) {
        if (!backend.isDevice()) {
            peak = Math.max(peak, FmaPeak.gflops(common.threads()));
        }
        bytesHeld = Math.max(bytesHeld, backend.memory().bytesHeld());
    }

    /** The largest resident size so far, from Linux's "VmHWM:   123456 kB". */
    private static double processMiB() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst().orElse(0) / 1024.0;
    }

    private static String text(Result r) {
        TextTable table = new TextTable("", "")
                .row("network", r.model + ", " + r.classes + " classes, random weights")
                .row("run", (r.mode == Mode.TRAIN ? "training step" : "forward pass") + ", batch " + r.batch + ", "
                        + r.size + " x " + r.size + " pixels")
                .row("machine", r.device != null
                        ? r.device + ", backend " + r.backend
                        : r.processor + ", backend " + r.backend + ", " + r.threads + " threads")
                .row("time",
                        String.format(Locale.ROOT, "median %.1f ms, min %.1f ms, max %.1f ms of %d runs",
                                1e3 * r.medianSeconds,
                                1e3 * r.minSeconds, 1e3 * r.maxSeconds, r.runs))
                .row("images/s", String.format(Locale.ROOT, "%.2f", r.imagesPerSecond))
                .row(r.device != null ? "TFLOP/s" : "GFLOP/s", (r.device != null
                        ? String.format(Locale.ROOT, "%.2f", r.gflopsPerSecond / 1e3)
                        : String.format(Locale.ROOT, "%.1f, %.0f %% of the FMA peak of %.1f", r.gflopsPerSecond,
                                r.percentOfFmaPeak, r.fmaPeakGflopsPerSecond))
                        + String.format(Locale.ROOT, "; counted: %.2f GFLOP a run", r.flop / 1e9))
                .row("memory", String.format(Locale.ROOT, "pool %.0f MiB", r.poolMiB)
                        + (r.processMiB > 0
                                ? String.format(Locale.ROOT, ", process %.0f MiB at most", r.processMiB)
                                : ""))
                .row("garbage", String.format(Locale.ROOT, "%.1f KiB a run", r.garbageKiBPerRun));
        return table.toString();
    }
}
