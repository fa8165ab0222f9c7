package dev.cprfl.model.data;

import java.util.Arrays;

/**
 * PIL's ImageEnhance: a blend of an image without some quality (factor 0) with the image itself (factor 1); larger factors
 * exaggerate. Pure functions.
 */
final class Enhancement {

    private static final float NEIGHBOUR = 1f / 13;
    private static final float CENTRE = 5f / 13;

    private Enhancement() {}

    /** Away from grey. */
    static Image color(Image image, double factor) {
        Image grey = Image.blank(image.width(), image.height());
        for (int i = 0; i < grey.rgb().length; i += 3) {
            Arrays.fill(grey.rgb(), i, i + 3, (byte) luma(image.rgb(), i));
        }
        return blend(grey, image, factor);
    }

    /** Away from the mean grey. */
    static Image contrast(Image image, double factor) {
        long sum = 0;
        for (int i = 0; i < image.rgb().length; i += 3) {
            sum += luma(image.rgb(), i);
        }
        Image mean = Image.blank(image.width(), image.height());
        int pixels = image.width() * image.height();
        Arrays.fill(mean.rgb(), (byte) ((double) sum / pixels + 0.5));
        return blend(mean, image, factor);
    }

    /** Away from black. */
    static Image brightness(Image image, double factor) {
        return blend(Image.blank(image.width(), image.height()), image, factor);
    }

    /** Away from the smoothed image. */
    static Image sharpness(Image image, double factor) {
        return blend(smooth(image), image, factor);
    }

    /** ITU-R 601-2 luma in 16-bit fixed point. */
    private static int luma(byte[] rgb, int at) {
        return (19595 * (rgb[at] & 0xFF) + 38470 * (rgb[at + 1] & 0xFF) + 7471 * (rgb[at + 2] & 0xFF) + 0x8000) >> 16;
    }

    private static Image blend(Image from, Image to, double factor) {
        float alpha = (float) factor;
        Image blended = Image.blank(to.width(), to.height());
        for (int i = 0; i < blended.rgb().length; i++) {
            int start = from.rgb()[i] & 0xFF;
            int end = to.rgb()[i] & 0xFF;
            blended.rgb()[i] = (byte) Math.clamp((int) (start + alpha * (end - start)), 0, 255);
        }
        return blended;
    }

    /** PIL's SMOOTH: a 3 x 3 mean whose centre counts five times; the border stays. */
    private static Image smooth(Image image) {
        Image smoothed = image.copy();
        byte[] in = image.rgb();
        int row = image.width() * 3;
        for (int y = 1; y < image.height() - 1; y++) {
            for (int i = y * row + 3; i < (y + 1) * row - 3; i++) {
                float sum = 0.5f;
                sum += neighbours(in, i + row, NEIGHBOUR);
                sum += neighbours(in, i, CENTRE);
                sum += neighbours(in, i - row, NEIGHBOUR);
                smoothed.rgb()[i] = (byte) Math.clamp((int) sum, 0, 255);
            }
        }
        return smoothed;
    }

    /** In PIL's order of float additions. */
    private static float neighbours(byte[] in, int i, float centre) {
        return (in[i - 3] & 0xFF) * NEIGHBOUR + (in[i] & 0xFF) * centre + (in[i + 3] & 0xFF) * NEIGHBOUR;
    }
}
