package dev.cprfl.model.data;

import java.util.Arrays;

/**
 * Scaling to a given size, bit for bit as PIL does it (Pillow, Resample.c): the filter widens when shrinking (antialiasing),
 * columns are done before rows, weights are 22-bit fixed point, and each pass rounds to 8 bits. Aspect ratio is not kept.
 */
public final class Resize {

    private static final int PRECISION = 22;
    private static final int HALF = 1 << (PRECISION - 1);

    private Resize() {}

    /** The image at another size; the image itself if it already has it. */
    public static Image to(Image image, int width, int height, Resample filter) {
        Image wide = image.width() == width ? image : resizeColumns(image, width, filter);
        return wide.height() == height ? wide : resizeRows(wide, height, filter);
    }

    private static Image resizeColumns(Image image, int width, Resample filter) {
        Weights weights = Weights.of(image.width(), width, filter);
        Image resized = Image.blank(width, image.height());
        byte[] in = image.rgb();
        byte[] out = resized.rgb();
        int to = 0;
        for (int y = 0; y < image.height(); y++) {
            int row = y * image.width() * 3;
            for (int x = 0; x < width; x++) {
                int from = row + weights.first[x] * 3;
                int end = from + weights.count[x] * 3;
                int k = x * weights.stride;
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int at = from; at < end; at += 3) {
                    int weight = weights.fixed[k++];
                    red += weight * (in[at] & 0xFF);
                    green += weight * (in[at + 1] & 0xFF);
                    blue += weight * (in[at + 2] & 0xFF);
                }
                out[to++] = round(red);
                out[to++] = round(green);
                out[to++] = round(blue);
            }
        }
        return resized;
    }

    private static Image resizeRows(Image image, int height, Resample filter) {
        Weights weights = Weights.of(image.height(), height, filter);
        Image resized = Image.blank(image.width(), height);
        int length = image.width() * 3;
        int[] sums = new int[length];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            for (int i = 0; i < weights.count[y]; i++) {
                addRow(image.rgb(), (weights.first[y] + i) * length, weights.fixed[y * weights.stride + i], sums);
            }
            for (int x = 0; x < length; x++) {
                resized.rgb()[y * length + x] = round(sums[x]);
            }
        }
        return resized;
    }

    private static void addRow(byte[] in, int from, int weight, int[] sums) {
        for (int x = 0; x < sums.length; x++) {
            sums[x] += weight * (in[from + x] & 0xFF);
        }
    }

    private static byte round(int sum) {
        return (byte) Math.clamp(sum >> PRECISION, 0, 255);
    }

    /**
     * The input pixels of each output pixel along one axis: {@code count[i]} of them from {@code first[i]} on, with weights
     * {@code fixed[i * stride ...]} that add up to 2^22 but for rounding.
     */
    private static final class Weights {

        final int[] first;
        final int[] count;
        final int stride;
        final int[] fixed;

        private Weights(int size, int stride) {
            this.first = new int[size];
            this.count = new int[size];
            this.stride = stride;
            this.fixed = new int[size * stride];
        }

        static Weights of(int inSize, int outSize, Resample filter) {
            double scale = (double) inSize / outSize;
            double stretch = Math.max(scale, 1);
            double support = filter.radius * stretch;
            Weights weights = new Weights(outSize, (int) Math.ceil(support) * 2 + 1);
            double[] exact = new double[weights.stride];
            for (int i = 0; i < outSize; i++) {
                double center = (i + 0.5) * scale;
                int first = Math.max((int) (center - support + 0.5), 0);
                int count = Math.min((int) (center + support + 0.5), inSize) - first;
                double sum = 0;
                for (int j = 0; j < count; j++) {
                    exact[j] = filter.weight((j + first - center + 0.5) * (1 / stretch));
                    sum += exact[j];
                }
                for (int j = 0; j < count; j++) {
                    double share = sum == 0 ? exact[j] : exact[j] / sum;
                    weights.fixed[i * weights.stride + j] = (int) (share * (1 << PRECISION) + (share < 0 ? -0.5 : 0.5));
                }
                weights.first[i] = first;
                weights.count[i] = count;
            }
            return weights;
        }
    }
}
