package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Winograd's algorithm on shapes of every kind, also those for which {@link Conv2d} prefers another. */
class WinogradTest {

    /**
     * Errors may be so many units of 2^-24 times the sum of the absolute products. They come from the whole tile, so numbers
     * with few or small products have the largest ones: here 14, with 16 channels.
     */
    private static final double UNITS = 20;
    /** Root mean square over an output or gradient of the same; the largest found is 2.4. */
    private static final double TYPICAL_UNITS = 3;

    /** Fewer than Conv2d leaves to Winograd's algorithm for the gradient, whose errors are smaller in larger images. */
    private static final int MANY_WINDOWS = 100;

    private static final int[] THREADS = {1, 2, 3};

    private static List<ConvShape> shapes() {
        List<ConvShape> shapes = new ArrayList<>();
        int[][] images = {{1, 1}, {2, 3}, {4, 4}, {5, 7}, {7, 7}};
        int[][] channels = {{16, 16}, {17, 33}, {33, 17}, {64, 48}};
        for (int[] image : images) {
            for (int[] c : channels) {
                shapes.add(new ConvShape(1, image[0], image[1], c[0], c[1], 3, 3, 1, 1));
                shapes.add(new ConvShape(3, image[0], image[1], c[0], c[1], 3, 3, 1, 1));
            }
        }
        // No padding; more tiles than a block holds, and than columns; more channels than a part holds.
        shapes.add(new ConvShape(2, 6, 9, 20, 18, 3, 3, 1, 0));
        shapes.add(new ConvShape(2, 29, 31, 17, 35, 3, 3, 1, 1));
        shapes.add(new ConvShape(2, 29, 31, 17, 160, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 9, 7, 193, 21, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 23, 24, 401, 24, 3, 3, 1, 1));
        // More tiles than a part of the gradient holds, and more parts than it holds at a time; more channels than a chunk.
        shapes.add(new ConvShape(5, 40, 38, 17, 20, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 5, 6, 20, 97, 3, 3, 1, 0));
        // The channels of ResNet-101.
        shapes.add(new ConvShape(1, 28, 28, 64, 64, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 14, 14, 128, 128, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 14, 14, 256, 256, 3, 3, 1, 1));
        shapes.add(new ConvShape(1, 7, 7, 512, 512, 3, 3, 1, 1));
        return shapes;
    }

    @Test
    void isNearTheReference() {
        for (ConvShape shape : shapes()) {
            check("bias, " + shape, shape, true);
        }
        check("no bias", new ConvShape(1, 9, 10, 20, 40, 3, 3, 1, 1), false);
    }

    @Test
    void gradientOfWeightsIsNearTheReference() {
        for (ConvShape shape : shapes()) {
            float[][] inputs = {normal(1, shape.inputLength()), normal(2, shape.outputLength())};
            double[] size = referenceGradient(shape, absolute(inputs));
            if (shape.outPixels() < MANY_WINDOWS) {
                // Errors come from the whole tile, and these small images have taps that see a pixel or two, or none.
                Arrays.fill(size, Arrays.stream(size).max().orElseThrow());
            }
            check("gradient, " + shape, referenceGradient(shape, inputs), size,
                    threads -> gradient(threads, shape, inputs));
        }
    }

    private static void check(String what, ConvShape shape, boolean withBias) {
        float[][] inputs = {normal(1, shape.inputLength()), normal(2, shape.weightLength()),
            normal(3, withBias ? shape.outChannels() : 0)};
        check(what, reference(shape, inputs), reference(shape, absolute(inputs)),
                threads -> winograd(threads, shape, inputs));
    }

    /**
     * @param size sums of the absolute products
     * @param compute with so many threads
     */
    private static void check(String what, double[] expected, double[] size, IntFunction<float[]> compute) {
        float[] first = compute.apply(1);
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            double units = Math.abs(first[i] - expected[i]) / size[i] * 0x1p24;
            assertThat(units).as("%s: error of number %d", what, i).isLessThan(UNITS);
            squares += units * units;
        }
        assertThat(Math.sqrt(squares / expected.length)).as("%s: typical error", what).isLessThan(TYPICAL_UNITS);
        for (int threads : THREADS) {
            assertThat(compute.apply(threads)).as("%s: %d threads", what, threads).isEqualTo(first);
        }
    }

    @Test
    void aNanStaysWithinItsTiles() {
        ConvShape shape = new ConvShape(1, 20, 20, 16, 16, 3, 3, 1, 1);
        float[][] inputs = {normal(1, shape.inputLength()), normal(2, shape.weightLength()), {}};
        int row = 8;
        int column = 13;
        inputs[0][(row * shape.width() + column) * shape.inChannels() + 3] = Float.NaN;
        float[] y = winograd(1, shape, inputs);
        for (int i = 0; i < y.length; i++) {
            int h = i / shape.outChannels() / shape.width();
            int w = i / shape.outChannels() % shape.width();
            if (Math.abs(h - row) <= 1 && Math.abs(w - column) <= 1) {
                assertThat(y[i]).as("row %d, column %d", h, w).isNaN();
            } else if (h < 4 || h >= 12 || w < 12 || w >= 16) {
                assertThat(y[i]).as("row %d, column %d", h, w).isFinite();
            }
        }
    }

    @Test
    void isChosenByShape() {
        assertThat(suits(1, 56, 64, 3, 1, 1)).isTrue();
        assertThat(suits(1, 14, 512, 3, 1, 1)).isTrue();
        assertThat(suits(1, 7, 512, 3, 1, 1)).as("too few tiles").isFalse();
        assertThat(suits(64, 1, 512, 3, 1, 1)).as("mostly padding").isFalse();
        assertThat(suits(1, 56, 64, 3, 1, 0)).isTrue();
        assertThat(suits(1, 56, 64, 3, 1, 2)).as("corners that see one tap").isFalse();
        assertThat(suits(0, 56, 64, 3, 1, 1)).as("no images").isFalse();
        assertThat(suits(1, 56, 3, 3, 1, 1)).as("too few channels").isFalse();
        assertThat(suits(1, 56, 64, 3, 2, 1)).as("stride").isFalse();
        assertThat(suits(1, 56, 64, 5, 1, 1)).as("kernel").isFalse();
        assertThat(suits(1, 400, 20_000, 3, 1, 1)).as("too much memory").isFalse();
    }

    @Test
    void gradientIsChosenByShape() {
        assertThat(gradientSuits(4, 14, 256, 3, 1, 1)).isTrue();
        assertThat(gradientSuits(4, 7, 512, 3, 1, 1)).as("too few tiles").isFalse();
        assertThat(gradientSuits(4, 56, 3, 3, 1, 1)).as("too few channels").isFalse();
        assertThat(gradientSuits(4, 56, 64, 3, 2, 1)).as("stride").isFalse();
        assertThat(gradientSuits(0, 56, 64, 3, 1, 1)).as("no images").isFalse();
        assertThat(gradientSuits(1, 400, 20_000, 3, 1, 1)).as("too much memory").isFalse();
    }

    private static boolean suits(int batch, int size, int channels, int kernel, int stride, int padding) {
        return Winograd.suits(batch, windows(size, channels, kernel, stride, padding), channels);
    }

    private static boolean gradientSuits(int batch, int size, int channels, int kernel, int stride, int padding) {
        return WinogradGradient.suits(batch, windows(size, channels, kernel, stride, padding), channels);
    }

    private static Patches windows(int size, int channels, int kernel, int stride, int padding) {
        int grid = (size + 2 * padding - kernel) / stride + 1;
        return new Patches(new float[0], 0, size, size, channels, kernel, kernel, stride, -padding, -padding, grid,
                grid);
    }

    private static float[] winograd(int threads, ConvShape shape, float[][] inputs) {
        FloatStorage x = new FloatStorage(inputs[0], 0, inputs[0].length);
        FloatStorage bias = inputs[2].length == 0 ? null : new FloatStorage(inputs[2], 0, inputs[2].length);
        float[] y = new float[shape.outputLength()];
        Arrays.fill(y, Float.NaN);
        Patches patches = Patches.of(shape, x);
        Product product = new Product(shape.outPixels(), shape.outChannels(), shape.patchLength(), patches,
                new Matrix(inputs[1], 0, shape.patchLength(), true), bias, new Target(y, 0, shape.outChannels()));
        try (Workers workers = new Workers(threads)) {
            new Winograd(shape.batch(), patches, product).compute(workers, null);
        }
        return y;
    }

    private static float[] gradient(int threads, ConvShape shape, float[][] inputs) {
        int before = 3; // numbers of the arrays that belong to others
        FloatStorage x = new FloatStorage(inputs[0], 0, inputs[0].length);
        FloatStorage dy = new FloatStorage(inputs[1], 0, inputs[1].length);
        float[] dw = new float[before + shape.weightLength() + before];
        Arrays.fill(dw, Float.NaN);
        try (Workers workers = new Workers(threads)) {
            new WinogradGradient(shape.batch(), Patches.of(shape, x), dy, shape.outChannels(),
                    new FloatStorage(dw, before, shape.weightLength())).compute(workers);
        }
        for (int i = 0; i < before; i++) {
            assertThat(dw[i]).isNaN();
            assertThat(dw[dw.length - 1 - i]).isNaN();
        }
        return Arrays.copyOfRange(dw, before, before + shape.weightLength());
    }

    private static double[] referenceGradient(ConvShape shape, float[][] inputs) {
        try (Backend backend = new ReferenceBackend()) {
            Memory memory = backend.memory();
            Storage x = memory.allocate(shape.inputLength());
            Storage dy = memory.allocate(shape.outputLength());
            Storage dw = memory.allocate(shape.weightLength());
            memory.write(inputs[0], 0, x);
            memory.write(inputs[1], 0, dy);
            backend.conv2dBackwardWeight(shape, x, dy, dw);
            double[] content = new double[shape.weightLength()];
            memory.read(dw, content, 0);
            return content;
        }
    }

    private static double[] reference(ConvShape shape, float[][] inputs) {
        try (Backend backend = new ReferenceBackend()) {
            Memory memory = backend.memory();
            Storage[] storages = new Storage[3];
            for (int i = 0; i < 3; i++) {
                storages[i] = memory.allocate(inputs[i].length);
                memory.write(inputs[i], 0, storages[i]);
            }
            Storage y = memory.allocate(shape.outputLength());
            backend.conv2d(shape, storages[0], storages[1], inputs[2].length == 0 ? null : storages[2], y);
            double[] content = new double[shape.outputLength()];
            memory.read(y, content, 0);
            return content;
        }
    }

    private static float[] normal(int seed, int length) {
        Random random = new Random(seed);
        float[] content = new float[length];
        for (int i = 0; i < length; i++) {
            content[i] = (float) random.nextGaussian();
        }
        return content;
    }

    private static float[][] absolute(float[][] inputs) {
        float[][] absolute = new float[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            absolute[i] = inputs[i].clone();
            for (int j = 0; j < inputs[i].length; j++) {
                absolute[i][j] = Math.abs(inputs[i][j]);
            }
        }
        return absolute;
    }
}
