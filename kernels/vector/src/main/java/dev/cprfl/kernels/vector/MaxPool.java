package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.PoolShape;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Max-pool of NHWC images, channels in the lanes. The backward pass finds the maxima again instead of having them stored: the
 * window is in the cache anyway, and nothing but x has to be kept.
 */
final class MaxPool {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private MaxPool() {}

    static void forward(Workers workers, PoolShape shape, FloatStorage x, FloatStorage y) {
        int rows = shape.batch() * shape.outHeight();
        workers.run(rows, row -> {
            int image = row / shape.outHeight();
            int p = row % shape.outHeight();
            for (int q = 0; q < shape.outWidth(); q++) {
                window(shape, x, image, p, q, y);
            }
        });
    }

    private static void window(PoolShape shape, FloatStorage x, int image, int p, int q, FloatStorage y) {
        int channels = shape.channels();
        int top = Math.max(0, p * shape.stride() - shape.padding());
        int bottom = Math.min(shape.height(), p * shape.stride() - shape.padding() + shape.kernel());
        int left = Math.max(0, q * shape.stride() - shape.padding());
        int right = Math.min(shape.width(), q * shape.stride() - shape.padding() + shape.kernel());
        int yAt = y.offset + ((image * shape.outHeight() + p) * shape.outWidth() + q) * channels;
        for (int c = 0; c < channels; c += SPECIES.length()) {
            VectorMask<Float> lanes = SPECIES.indexInRange(c, channels);
            FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            for (int h = top; h < bottom; h++) {
                int xAt = x.offset + ((image * shape.height() + h) * shape.width() + left) * channels + c;
                for (int w = left; w < right; w++, xAt += channels) {
                    max = max.max(FloatVector.fromArray(SPECIES, x.array, xAt, lanes));
                }
            }
            max.intoArray(y.array, yAt + c, lanes);
        }
    }

    /** One task owns all pixels of one image and one lane group of channels, so no two add to the same number. */
    static void backward(Workers workers, PoolShape shape, FloatStorage x, FloatStorage dy, FloatStorage dx) {
        int groups = (shape.channels() + SPECIES.length() - 1) / SPECIES.length();
        workers.run(shape.batch() * groups, task -> {
            int image = task / groups;
            int c = task % groups * SPECIES.length();
            clear(shape, image, c, dx);
            for (int p = 0; p < shape.outHeight(); p++) {
                for (int q = 0; q < shape.outWidth(); q++) {
                    windowBackward(shape, x, image, p, q, c, dy, dx);
                }
            }
        });
    }

    private static void clear(PoolShape shape, int image, int c, FloatStorage dx) {
        int pixels = shape.height() * shape.width();
        VectorMask<Float> lanes = SPECIES.indexInRange(c, shape.channels());
        for (int pixel = 0; pixel < pixels; pixel++) {
            int at = dx.offset + (image * pixels + pixel) * shape.channels() + c;
            FloatVector.zero(SPECIES).intoArray(dx.array, at, lanes);
        }
    }

    private static void windowBackward(PoolShape shape, FloatStorage x, int image, int p, int q, int c, FloatStorage dy,
            FloatStorage dx) {
        int channels = shape.channels();
        int top = Math.max(0, p * shape.stride() - shape.padding());
        int bottom = Math.min(shape.height(), p * shape.stride() - shape.padding() + shape.kernel());
        int left = Math.max(0, q * shape.stride() - shape.padding());
        int right = Math.min(shape.width(), q * shape.stride() - shape.padding() + shape.kernel());
        VectorMask<Float> lanes = SPECIES.indexInRange(c, channels);

        // The place of the maximum as a number of the window's pixels in reading order; small, so exact in float.
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector place = FloatVector.zero(SPECIES);
        int pixel = 0;
        for (int h = top; h < bottom; h++) {
            int xAt = x.offset + ((image * shape.height() + h) * shape.width() + left) * channels + c;
            for (int w = left; w < right; w++, xAt += channels, pixel++) {
                FloatVector value = FloatVector.fromArray(SPECIES, x.array, xAt, lanes);
                VectorMask<Float> wins = value.compare(VectorOperators.GT, max).or(value.test(VectorOperators.IS_NAN));
                max = max.blend(value, wins);
                place = place.blend(pixel, wins);
            }
        }

        int dyAt = dy.offset + ((image * shape.outHeight() + p) * shape.outWidth() + q) * channels + c;
        FloatVector gradient = FloatVector.fromArray(SPECIES, dy.array, dyAt, lanes);
        pixel = 0;
        for (int h = top; h < bottom; h++) {
            int at = dx.offset + ((image * shape.height() + h) * shape.width() + left) * channels + c;
            for (int w = left; w < right; w++, at += channels, pixel++) {
                VectorMask<Float> here = place.eq(pixel).and(lanes);
                FloatVector sum = FloatVector.fromArray(SPECIES, dx.array, at, lanes);
                sum.add(gradient).intoArray(dx.array, at, here);
            }
        }
    }
}
