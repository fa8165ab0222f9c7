package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.ConvShape;

/**
 * The patches of NHWC images as a matrix [windows, windowHeight * windowWidth * channels] that exists nowhere: what im2col
 * would store. Row p is the window of position p = (image, y, x) of a grid; it covers image rows from {@code y step + top} and
 * columns from {@code x step + left} on, and is zero outside the image. Within a window the numbers of one image row follow
 * one another as they do in the image, so a patch is copied in {@code windowHeight} runs.
 *
 * @param images [any, height, width, channels] from {@code at} on
 * @param step distance between neighbouring windows, in pixels
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Patches(float[] images, int at, int height, int width, int channels, int windowHeight, int windowWidth, int step,
        int top, int left, int gridHeight, int gridWidth) implements Operand {

    /** The windows of a convolution's input, one for each pixel of its output. */
    static Patches of(ConvShape shape, FloatStorage x) {
        return new Patches(x.array, x.offset, shape.height(), shape.width(), shape.inChannels(), shape.kernelHeight(),
                shape.kernelWidth(), shape.stride(), -shape.padding(), -shape.padding(), shape.outHeight(),
                shape.outWidth());
    }

    @Override
    public void copy(int shift, int row, int rows, int column, int columns, float[] to, int toAt, int toStep) {
        if (columns == 0) {
            return;
        }
        int run = windowWidth * channels;
        for (int r = column / run; r * run < column + columns; r++) {
            int from = Math.max(column, r * run);
            int end = Math.min(column + columns, (r + 1) * run);
            copyRuns(row, rows, r, from - r * run, end - from, to, toAt + from - column, toStep);
        }
    }

    /** Numbers {@code start} to {@code start + length} of row r of each window. */
    private void copyRuns(int row, int rows, int r, int start, int length, float[] to, int toAt, int toStep) {
        int x = row % gridWidth;
        int y = row / gridWidth % gridHeight;
        int image = row / gridWidth / gridHeight;
        for (int i = 0; i < rows; i++) {
            int h = y * step + top + r;
            int begin = (x * step + left) * channels + start; // in row h of the image, may be outside
            int target = toAt + i * toStep;
            boolean inside = h >= 0 && h < height;
            int before = inside ? Math.clamp(-begin, 0, length) : length;
            int after = inside ? Math.clamp(begin + length - width * channels, 0, length - before) : 0;
            Copy.zeros(to, target, before);
            Copy.run(images, at + (image * height + h) * width * channels + begin + before, to, target + before,
                    length - before - after);
            Copy.zeros(to, target + length - after, after);
            x++;
            if (x == gridWidth) {
                x = 0;
                y++;
                if (y == gridHeight) {
                    y = 0;
                    image++;
                }
            }
        }
    }
}
