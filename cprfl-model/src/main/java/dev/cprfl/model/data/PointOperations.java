package dev.cprfl.model.data;

import java.util.function.IntUnaryOperator;

/** Changes of each pixel value by a table, as in PIL's ImageOps. Pure functions. */
final class PointOperations {

    private PointOperations() {}

    /** 255 - v. */
    static Image invert(Image image) {
        return map(image, value -> 255 - value);
    }

    /** Keeps the upper bits, 1 to 8 of them. */
    static Image posterize(Image image, int bits) {
        int mask = -(1 << (8 - bits));
        return map(image, value -> value & mask);
    }

    /** Inverts the values from a threshold on. */
    static Image solarize(Image image, double threshold) {
        return map(image, value -> value < threshold ? value : 255 - value);
    }

    /** Adds to each value, then solarizes at 128. */
    static Image solarizeAdd(Image image, double addition) {
        return solarize(map(image, value -> (int) Math.clamp(value + addition, 0, 255)), 128);
    }

    /** Stretches each channel to 0 to 255; a channel of one value stays. */
    static Image autoContrast(Image image) {
        int[][] tables = new int[3][256];
        for (int channel = 0; channel < 3; channel++) {
            int[] histogram = histogram(image, channel);
            int low = 0;
            int high = 255;
            while (histogram[low] == 0) {
                low++;
            }
            while (histogram[high] == 0) {
                high--;
            }
            double scale = high > low ? 255.0 / (high - low) : 1;
            double offset = high > low ? -low * scale : 0;
            for (int value = 0; value < 256; value++) {
                tables[channel][value] = Math.clamp((int) (value * scale + offset), 0, 255);
            }
        }
        return map(image, tables);
    }

    /** Spreads the values of each channel evenly; a channel too small or too plain for 255 steps stays. */
    static Image equalize(Image image) {
        int[][] tables = new int[3][256];
        for (int channel = 0; channel < 3; channel++) {
            int[] histogram = histogram(image, channel);
            int last = 255;
            while (histogram[last] == 0) {
                last--;
            }
            int step = (image.width() * image.height() - histogram[last]) / 255;
            int sum = step / 2;
            for (int value = 0; value < 256; value++) {
                tables[channel][value] = step == 0 ? value : Math.min(sum / step, 255);
                sum += histogram[value];
            }
        }
        return map(image, tables);
    }

    private static int[] histogram(Image image, int channel) {
        int[] histogram = new int[256];
        byte[] rgb = image.rgb();
        for (int i = channel; i < rgb.length; i += 3) {
            histogram[rgb[i] & 0xFF]++;
        }
        return histogram;
    }

    private static Image map(Image image, IntUnaryOperator change) {
        int[] table = new int[256];
        for (int value = 0; value < 256; value++) {
            table[value] = change.applyAsInt(value);
        }
        return map(image, new int[][]{table, table, table});
    }

    private static Image map(Image image, int[][] tables) {
        Image mapped = Image.blank(image.width(), image.height());
        byte[] in = image.rgb();
        byte[] out = mapped.rgb();
        for (int i = 0; i < in.length; i += 3) {
            out[i] = (byte) tables[0][in[i] & 0xFF];
            out[i + 1] = (byte) tables[1][in[i + 1] & 0xFF];
            out[i + 2] = (byte) tables[2][in[i + 2] & 0xFF];
        }
        return mapped;
    }
}
