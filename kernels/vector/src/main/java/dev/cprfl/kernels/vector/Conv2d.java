package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.ConvShape;

/**
 * Two-dimensional convolution on NHWC images with OHWI weights, as matrix products.
 *
 * <p>Images with channels last are matrices [pixels, channels]. So a 1x1 convolution is one product on them as they lie, and
 * any other one a product with {@link Patches}, which are copied only block by block, as packing needs them. Forward the rows
 * of the weights are the columns of B; backward to the input each pixel of dx gathers from the windows of dy that saw it, so
 * it is written once, by one thread; backward to the weights k runs over the pixels.
 *
 * <p>{@link Winograd} and {@link WinogradGradient} do the 3x3 convolutions of stride 1 where that is faster, which depends on
 * the shape alone. The system property {@code cprfl.winograd=false} leaves all of them to the products.
 */
final class Conv2d {

    private Conv2d() {}

    /** y [pixels, O] = patches of x [pixels, HWI] times weights [O, HWI]^T. */
    static void forward(Workers workers, ConvShape shape, FloatStorage x, FloatStorage w, FloatStorage bias,
            FloatStorage y) {
        forward(workers, shape, x, w, bias, new Target(y.array, y.offset, shape.outChannels()));
    }

    /** y = max(patches of x times weights + bias + residual, 0); the residual may be null. */
    static void forwardRelu(Workers workers, ConvShape shape, FloatStorage x, FloatStorage w, FloatStorage bias,
            FloatStorage residual, FloatStorage y) {
        forward(workers, shape, x, w, bias, new ReluTarget(y.array, y.offset, shape.outChannels(), residual));
    }

    private static void forward(Workers workers, ConvShape shape, FloatStorage x, FloatStorage w, FloatStorage bias,
            Target y) {
        Matrix weights = new Matrix(w.array, w.offset, shape.patchLength(), true);
        multiply(workers, shape.batch(), new Product(shape.outPixels(), shape.outChannels(), shape.patchLength(),
                patches(shape, x), weights, bias, y), w.frozen);
    }

    /** dw [O, HWI] = dy [pixels, O]^T times patches of x [pixels, HWI]. */
    static void backwardWeight(Workers workers, ConvShape shape, FloatStorage x, FloatStorage dy, FloatStorage dw) {
        Operand patches = patches(shape, x);
        if (patches instanceof Patches windows && WinogradGradient.suits(shape.batch(), windows, shape.outChannels())) {
            new WinogradGradient(shape.batch(), windows, dy, shape.outChannels(), dw).compute(workers);
            return;
        }
        Matrix gradient = new Matrix(dy.array, dy.offset, shape.outChannels(), true);
        Gemm.computeGradient(workers, new Product(shape.outChannels(), shape.patchLength(), shape.outPixels(), gradient,
                patches, null, new Target(dw.array, dw.offset, shape.patchLength())));
    }

    /**
     * @param product of the patches or pixels of {@code batch} images with weights
     * @param frozen of these weights, or null
     */
    private static void multiply(Workers workers, int batch, Product product, Frozen frozen) {
        if (product.a() instanceof Patches windows && Winograd.suits(batch, windows, product.n())) {
            new Winograd(batch, windows, product).compute(workers, frozen);
        } else {
            Gemm.compute(workers, product, frozen);
        }
    }

    /** The patches of x; where they are its pixels, x itself. */
    private static Operand patches(ConvShape shape, FloatStorage x) {
        return isPointwise(shape)
                ? new Matrix(x.array, x.offset, shape.inChannels(), false)
                : Patches.of(shape, x);
    }

    /** A 1x1 convolution that skips no pixel. */
    private static boolean isPointwise(ConvShape shape) {
        return shape.patchLength() == shape.inChannels() && shape.stride() == 1 && shape.padding() == 0;
    }

    /**
     * dx from dy. The pixels of x whose row and column leave the same rest after division by the stride were seen by the same
     * taps of the kernel; each such phase is a product of its own. With stride 1 there is one.
     */
    static void backwardInput(Workers workers, ConvShape shape, FloatStorage dy, FloatStorage w, FloatStorage dx) {
        for (int row = 0; row < Math.min(shape.stride(), shape.height()); row++) {
            for (int column = 0; column < Math.min(shape.stride(), shape.width()); column++) {
                phase(workers, shape, row, column, dy, w, dx);
            }
        }
    }

    /** The pixels (row + i stride, column + j stride) of dx. */
    private static void phase(Workers workers, ConvShape shape, int row, int column, FloatStorage dy, FloatStorage w,
            FloatStorage dx) {
        int stride = shape.stride();
        Taps down = Taps.of(row + shape.padding(), shape.kernelHeight(), stride);
        Taps across = Taps.of(column + shape.padding(), shape.kernelWidth(), stride);
        int gridHeight = Math.ceilDiv(shape.height() - row, stride);
        int gridWidth = Math.ceilDiv(shape.width() - column, stride);
        Operand windows = isPointwise(shape)
                ? new Matrix(dy.array, dy.offset, shape.outChannels(), false)
                : new Patches(dy.array, dy.offset, shape.outHeight(), shape.outWidth(), shape.outChannels(),
                        down.count, across.count, 1, down.first, across.first, gridHeight, gridWidth);
        Operand weights = isPointwise(shape)
                ? new Matrix(w.array, w.offset, shape.inChannels(), false)
                : new TappedWeights(shape, w, down, across);
        Target pixels = stride == 1
                ? new Target(dx.array, dx.offset, shape.inChannels())
                : new PhasePixels(shape, dx, row, column, gridHeight, gridWidth);
        multiply(workers, shape.batch(), new Product(shape.batch() * gridHeight * gridWidth, shape.inChannels(),
                down.count * across.count * shape.outChannels(), windows, weights, null, pixels), null);
    }

    /**
     * The taps of the kernel along one axis that reach the pixels of a phase, from the last to the first, so that the pixels
     * of dy they belong to ascend.
     *
     * @param count how many
     * @param last the highest tap; the others are stride apart
     * @param first pixel of dy that the last tap joins with the phase's first pixel; may be outside
     */
    private record Taps(int count, int last, int stride, int first) {

        /** @param distance of the phase's first pixel from the padded edge */
        static Taps of(int distance, int kernel, int stride) {
            int lowest = distance % stride;
            int count = lowest < kernel ? (kernel - 1 - lowest) / stride + 1 : 0;
            return new Taps(count, lowest + (count - 1) * stride, stride, distance / stride - count + 1);
        }

        int tap(int index) {
            return last - index * stride;
        }
    }

    /** Weights as a matrix [taps * O, I]. */
    private record TappedWeights(ConvShape shape, FloatStorage w, Taps down, Taps across) implements Operand {

        @Override
        public void copy(int shift, int row, int rows, int column, int columns, float[] to, int toAt, int toStep) {
            int filter = shape.patchLength();
            int i = 0;
            while (i < rows) {
                int tap = (row + i) / shape.outChannels();
                int o = (row + i) % shape.outChannels();
                int r = down.tap(tap / across.count);
                int s = across.tap(tap % across.count);
                int from = w.offset + o * filter + (r * shape.kernelWidth() + s) * shape.inChannels() + column;
                for (; o < shape.outChannels() && i < rows; o++, i++) {
                    Copy.run(w.array, from, to, toAt + i * toStep, columns);
                    from += filter;
                }
            }
        }
    }

    /** The pixels of a phase in dx. */
    private static final class PhasePixels extends Target {

        private final ConvShape shape;
        private final int gridHeight;
        private final int gridWidth;

        PhasePixels(ConvShape shape, FloatStorage dx, int row, int column, int gridHeight, int gridWidth) {
            super(dx.array, dx.offset + (row * shape.width() + column) * shape.inChannels(), shape.inChannels());
            this.shape = shape;
            this.gridHeight = gridHeight;
            this.gridWidth = gridWidth;
        }

        @Override
        int row(int i) {
            int x = i % gridWidth;
            int y = i / gridWidth % gridHeight;
            int image = i / gridWidth / gridHeight;
            return at + ((image * shape.height() + y * shape.stride()) * shape.width() + x * shape.stride()) * step;
        }

        @Override
        boolean isPlain() {
            return false;
        }
    }
}
