package dev.cprfl.model.data.scenes;

import dev.cprfl.tensor.Rng;

/**
 * A square picture of red, green and blue in [0, 1] and what is needed to fill it. Lengths and positions are in pixels. Only
 * exactly rounded operations and StrictMath are used, so that every machine draws the same bytes.
 */
final class Canvas {

    private static final double RIM = 0.72;

    private final int size;
    private final double[] rgb;

    Canvas(int size) {
        this.size = size;
        this.rgb = new double[size * size * 3];
    }

    /** Where and how a figure is drawn; {@code shade} is how much lighter its upper half is. */
    record Placement(double x, double y, double radius, double angle, double shade) {}

    /** A gradient from one colour to another along a random direction, with soft patches of light and dark. */
    void background(double[] from, double[] to, double patches, Rng rng) {
        double angle = rng.nextDouble(0, 2 * Math.PI);
        double slopeX = StrictMath.cos(angle) / size;
        double slopeY = StrictMath.sin(angle) / size;
        int cells = 5;
        double[] lattice = new double[(cells + 1) * (cells + 1)];
        for (int i = 0; i < lattice.length; i++) {
            lattice[i] = rng.nextDouble(-patches, patches);
        }
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double t = Math.clamp(0.5 + (x - size / 2) * slopeX + (y - size / 2) * slopeY, 0.0, 1.0);
                double light = interpolate(lattice, cells, x * (double) cells / size, y * (double) cells / size);
                for (int c = 0; c < 3; c++) {
                    rgb[(y * size + x) * 3 + c] = from[c] + t * (to[c] - from[c]) + light;
                }
            }
        }
    }

    private static double interpolate(double[] lattice, int cells, double x, double y) {
        int left = (int) x;
        int top = (int) y;
        int corner = top * (cells + 1) + left;
        double upper = lattice[corner] + (x - left) * (lattice[corner + 1] - lattice[corner]);
        int below = corner + cells + 1;
        double lower = lattice[below] + (x - left) * (lattice[below + 1] - lattice[below]);
        return upper + (y - top) * (lower - upper);
    }

    /** A straight stroke. */
    void line(double fromX, double fromY, double toX, double toY, double width, double[] colour) {
        double[] ends = {fromX, fromY, toX, toY};
        double middleX = (fromX + toX) / 2;
        double middleY = (fromY + toY) / 2;
        double reachX = Math.abs(toX - fromX) / 2 + width;
        double reachY = Math.abs(toY - fromY) / 2 + width;
        for (int y = first(middleY, reachY); y < end(middleY, reachY); y++) {
            for (int x = first(middleX, reachX); x < end(middleX, reachX); x++) {
                double away = Math.abs(Figure.polygon(x + 0.5, y + 0.5, ends)) - width / 2;
                blend(x, y, 0.5 - away, colour, 1);
            }
        }
    }

    /** A disc with a soft edge. */
    void blob(double centreX, double centreY, double radius, double softness, double[] colour) {
        for (int y = first(centreY, radius + softness); y < end(centreY, radius + softness); y++) {
            for (int x = first(centreX, radius + softness); x < end(centreX, radius + softness); x++) {
                double away = Figure.disc(x + 0.5, y + 0.5, centreX, centreY, radius);
                blend(x, y, 0.5 - away / softness, colour, 1);
            }
        }
    }

    /** A figure with a darker rim; edges are antialiased by the signed distance. */
    void figure(Figure figure, Placement at, double[] colour) {
        double cos = StrictMath.cos(at.angle) / at.radius;
        double sin = StrictMath.sin(at.angle) / at.radius;
        double reach = 1.2 * at.radius + 1;
        for (int y = first(at.y, reach); y < end(at.y, reach); y++) {
            for (int x = first(at.x, reach); x < end(at.x, reach); x++) {
                double dx = x + 0.5 - at.x;
                double dy = y + 0.5 - at.y;
                double away = figure.distance(dx * cos + dy * sin, dy * cos - dx * sin) * at.radius;
                double inner = Math.clamp(-0.5 - away, 0.0, 1.0);
                double light = (RIM + inner * (1 - RIM)) * (1 - at.shade * dy / at.radius);
                blend(x, y, 0.5 - away, colour, light);
            }
        }
    }

    /** Multiplies each channel, adds noise of the given standard deviation, and rounds to bytes [size, size, 3]. */
    byte[] develop(double[] tint, double noise, Rng rng) {
        byte[] bytes = new byte[rgb.length];
        for (int i = 0; i < bytes.length; i++) {
            // The number of ones among 64 random bits has mean 32 and standard deviation 4: nearly a normal variable.
            double grain = noise * (Long.bitCount(rng.nextLong()) - 32) / 4;
            bytes[i] = (byte) (int) (Math.clamp(rgb[i] * tint[i % 3] + grain, 0.0, 1.0) * 255 + 0.5);
        }
        return bytes;
    }

    private int first(double centre, double reach) {
        return Math.max(0, (int) (centre - reach));
    }

    private int end(double centre, double reach) {
        return Math.min(size, (int) (centre + reach) + 2);
    }

    private void blend(int x, int y, double cover, double[] colour, double light) {
        if (cover <= 0) {
            return;
        }
        double alpha = Math.min(cover, 1);
        for (int c = 0; c < 3; c++) {
            int i = (y * size + x) * 3 + c;
            rgb[i] += alpha * (colour[c] * light - rgb[i]);
        }
    }
}
