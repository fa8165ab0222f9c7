package dev.cprfl.bench;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.vector.VectorBackend;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Times the 3x3 convolutions of ResNet-101, forward and backward to the input: best of many calls, in milliseconds, and in
 * GFLOP/s counted as the operations of a direct convolution. With {@code -Dcprfl.winograd=false} the same without Winograd.
 *
 * <p>Arguments: threads (1), batch (1), seconds per figure (0.5).
 */
public final class ConvolutionKernels {

    /** Height and width of an image, and its channels; the first five at 224 px, the others at 448 px. */
    private static final int[][] SIZES = {{56, 64}, {28, 128}, {14, 256}, {7, 512}, {112, 64}, {56, 128}, {28, 256},
        {14, 512}};

    private ConvolutionKernels() {}

    /** Prints a table. */
    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        int batch = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        double seconds = args.length > 2 ? Double.parseDouble(args[2]) : 0.5;
        // One thread's own time does not count when others use the processor.
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        LongSupplier clock = threads == 1 ? bean::getCurrentThreadCpuTime : System::nanoTime;
        try (Backend backend = new VectorBackend(threads)) {
            System.out.println(backend.describe() + ", batch " + batch);
            System.out.println("  pixels channels   forward            backward to x");
            for (int[] size : SIZES) {
                ConvShape shape = new ConvShape(batch, size[0], size[0], size[1], size[1], 3, 3, 1, 1);
                Storage x = normal(backend.memory(), shape.inputLength());
                Storage w = normal(backend.memory(), shape.weightLength());
                Storage y = normal(backend.memory(), shape.outputLength());
                double forward = best(clock, seconds, () -> backend.conv2d(shape, x, w, null, y));
                double backward = best(clock, seconds, () -> backend.conv2dBackwardInput(shape, y, w, x));
                double operations = 2.0 * shape.outPixels() * shape.outChannels() * shape.patchLength();
                System.out.printf("%4dx%3d %8d %8.2f ms %5.0f   %8.2f ms %5.0f%n", size[0], size[0], size[1],
                        forward * 1e3, operations / forward / 1e9, backward * 1e3, operations / backward / 1e9);
            }
        }
    }

    private static Storage normal(Memory memory, int length) {
        Random random = new Random(length);
        float[] content = new float[length];
        for (int i = 0; i < length; i++) {
            content[i] = (float) random.nextGaussian();
        }
        Storage storage = memory.allocate(length);
        memory.write(content, 0, storage);
        return storage;
    }

    /** Least seconds of one call, when it has run for a while. */
    private static double best(LongSupplier clock, double seconds, Runnable call) {
        least(clock, 2 * seconds, call);
        return least(clock, seconds, call);
    }

    private static double least(LongSupplier clock, double seconds, Runnable call) {
        long best = Long.MAX_VALUE;
        long before = clock.getAsLong();
        long end = before + (long) (seconds * 1e9);
        do {
            call.run();
            long now = clock.getAsLong();
            best = Math.min(best, now - before);
            before = now;
        } while (before < end);
        return best / 1e9;
    }
}
