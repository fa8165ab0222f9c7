package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.PoolShape;

/** Max-pooling. */
final class ReferencePool {

    private ReferencePool() {}

    static void maxPool2d(PoolShape shape, ReferenceStorage x, ReferenceStorage y) {
        for (int i = 0; i < shape.outputLength(); i++) {
            y.set(i, x.get(argMax(shape, i, x)));
        }
    }

    static void maxPool2dBackward(PoolShape shape, ReferenceStorage x, ReferenceStorage dy, ReferenceStorage dx) {
        for (int i = 0; i < shape.inputLength(); i++) {
            dx.set(i, 0);
        }
        for (int i = 0; i < shape.outputLength(); i++) {
            dx.add(argMax(shape, i, x), dy.get(i));
        }
    }

    /**
     * Index in x of the winner of the window of y_i, the search of PyTorch's CPU kernel: the first maximum in row-major order,
     * but the last NaN if there is one, and the window's first number if all are minus infinity.
     */
    private static int argMax(PoolShape shape, int yi, ReferenceStorage x) {
        int channel = yi % shape.channels();
        int q = yi / shape.channels() % shape.outWidth();
        int p = yi / shape.channels() / shape.outWidth() % shape.outHeight();
        int b = yi / shape.channels() / shape.outWidth() / shape.outHeight();
        int top = Math.max(p * shape.stride() - shape.padding(), 0);
        int left = Math.max(q * shape.stride() - shape.padding(), 0);
        int bottom = Math.min(p * shape.stride() - shape.padding() + shape.kernel(), shape.height());
        int right = Math.min(q * shape.stride() - shape.padding() + shape.kernel(), shape.width());
        int best = ((b * shape.height() + top) * shape.width() + left) * shape.channels() + channel;
        for (int h = top; h < bottom; h++) {
            for (int w = left; w < right; w++) {
                int xi = ((b * shape.height() + h) * shape.width() + w) * shape.channels() + channel;
                if (x.get(xi) > x.get(best) || Double.isNaN(x.get(xi))) {
                    best = xi;
                }
            }
        }
        return best;
    }
}
