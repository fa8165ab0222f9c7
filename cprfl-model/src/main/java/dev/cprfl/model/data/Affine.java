package dev.cprfl.model.data;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;

/**
 * Affine maps as PIL's {@code Image.transform} does them: pixel (x, y) of the result comes from (a x + b y + c, d x + e y + f)
 * of the image, both taken at pixel centres; where that is outside, the result is a given grey.
 */
record Affine(double a, double b, double c, double d, double e, double f) {

    static Affine shearX(double shear) {
        return new Affine(1, shear, 0, 0, 1, 0);
    }

    static Affine shearY(double shear) {
        return new Affine(1, 0, 0, shear, 1, 0);
    }

    static Affine translate(double x, double y) {
        return new Affine(1, 0, x, 0, 1, y);
    }

    /** Counterclockwise about the centre of an image. */
    static Affine rotate(double degrees, Image image) {
        double angle = -Math.toRadians(degrees);
        double cos = round15(Math.cos(angle));
        double sin = round15(Math.sin(angle));
        double x = image.width() / 2.0;
        double y = image.height() / 2.0;
        return new Affine(cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y);
    }

    private static double round15(double value) {
        return new BigDecimal(value).setScale(15, RoundingMode.HALF_EVEN).doubleValue();
    }

    /** The nearest pixel: 16.16 fixed point, but for a mere shift additions in double, as in Pillow. */
    Image nearest(Image image, int fill) {
        return b == 0 && d == 0 ? shiftedNearest(image, fill) : fixedNearest(image, fill);
    }

    private Image shiftedNearest(Image image, int fill) {
        Image out = filled(image, fill);
        double fromY = f + e * 0.5;
        for (int y = 0; y < image.height(); y++, fromY += e) {
            double fromX = c + a * 0.5;
            for (int x = 0; x < image.width(); x++, fromX += a) {
                copyPixel(image, (int) Math.floor(fromX), (int) Math.floor(fromY), out, x, y);
            }
        }
        return out;
    }

    private Image fixedNearest(Image image, int fill) {
        Image out = filled(image, fill);
        int rowX = fixed(c + a * 0.5 + b * 0.5);
        int rowY = fixed(f + d * 0.5 + e * 0.5);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                copyPixel(image, (rowX + x * fixed(a)) >> 16, (rowY + x * fixed(d)) >> 16, out, x, y);
            }
            rowX += fixed(b);
            rowY += fixed(e);
        }
        return out;
    }

    private static int fixed(double value) {
        return (int) Math.floor(value * 65536 + 0.5);
    }

    private static void copyPixel(Image image, int fromX, int fromY, Image out, int x, int y) {
        if (fromX >= 0 && fromX < image.width() && fromY >= 0 && fromY < image.height()) {
            System.arraycopy(image.rgb(), (fromY * image.width() + fromX) * 3, out.rgb(), (y * image.width() + x) * 3,
                    3);
        }
    }

    /** Keys' cubic with a = -1 over 4 x 4 pixels, without rounding; beyond the border its last pixel goes on. */
    Image bicubic(Image image, int fill) {
        Image out = filled(image, fill);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                double fromX = a * (x + 0.5) + b * (y + 0.5) + c;
                double fromY = d * (x + 0.5) + e * (y + 0.5) + f;
                if (fromX >= 0 && fromX < image.width() && fromY >= 0 && fromY < image.height()) {
                    for (int channel = 0; channel < 3; channel++) {
                        double value = bicubicAt(image, fromX - 0.5, fromY - 0.5, channel);
                        out.rgb()[(y * image.width() + x) * 3 + channel] = (byte) Math.clamp((int) value, 0, 255);
                    }
                }
            }
        }
        return out;
    }

    private static double bicubicAt(Image image, double x, double y, int channel) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double[] rows = new double[4];
        for (int i = 0; i < 4; i++) {
            int row = Math.clamp(top - 1 + i, 0, image.height() - 1);
            rows[i] = cubic(valueAt(image, left - 1, row, channel), valueAt(image, left, row, channel),
                    valueAt(image, left + 1, row, channel), valueAt(image, left + 2, row, channel), x - left);
        }
        return cubic(rows[0], rows[1], rows[2], rows[3], y - top);
    }

    private static int valueAt(Image image, int x, int y, int channel) {
        return image.at(Math.clamp(x, 0, image.width() - 1), y, channel);
    }

    private static double cubic(double v1, double v2, double v3, double v4, double t) {
        double linear = v3 - v1;
        double square = 2 * (v1 - v2) + v3 - v4;
        double cube = -v1 + v2 - v3 + v4;
        return v2 + t * (linear + t * (square + t * cube));
    }

    private static Image filled(Image image, int grey) {
        Image filled = Image.blank(image.width(), image.height());
        Arrays.fill(filled.rgb(), (byte) grey);
        return filled;
    }
}
