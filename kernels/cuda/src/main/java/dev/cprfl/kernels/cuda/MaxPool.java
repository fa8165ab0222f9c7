package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.PoolShape;

/**
 * Max-pool of NHWC images: a thread computes one pack of channels of one pixel. The backward pass finds the maxima again, so
 * nothing but x has to be kept, and each thread gathers what the windows over its pixel send there. Operands are device
 * addresses of numbers of the type.
 */
final class MaxPool {

    private static final String SOURCE = "maxpool";

    private final Kernels kernels;

    MaxPool(Kernels kernels) {
        this.kernels = kernels;
    }

    void forward(PoolShape shape, Type type, long x, long y) {
        launch(shape, type, "forward").pointer(x).pointer(y)
                .run(blocks(shape.batch() * shape.outHeight() * shape.outWidth(), shape.channels(), type),
                        Grid.THREADS);
    }

    void backward(PoolShape shape, Type type, long x, long dy, long dx) {
        launch(shape, type, "backward").pointer(x).pointer(dy).pointer(dx)
                .run(blocks(shape.batch() * shape.height() * shape.width(), shape.channels(), type),
                        Grid.THREADS);
    }

    private Launch launch(PoolShape shape, Type type, String entry) {
        return kernels.launch(SOURCE, type, entry).number(shape.batch()).number(shape.height()).number(shape.width())
                .number(shape.channels()).number(shape.outHeight()).number(shape.outWidth()).number(shape.kernel())
                .number(shape.stride()).number(shape.padding());
    }

    /** One thread for each pack of channels of each pixel. */
    static int blocks(int pixels, int channels, Type type) {
        return Grid.ofRuns(pixels, channels, type);
    }
}
