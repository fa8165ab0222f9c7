package dev.cprfl.cli.report;

import dev.cprfl.model.data.Image;

/** Draws a map of weights over a picture: dim and grey where they are small, bright and warm where they are large. */
public final class HeatMap {

    /** From no weight to the largest: dark violet, red, orange, light yellow. */
    private static final int[][] COLOURS = {{25, 15, 60}, {120, 25, 110}, {205, 60, 70}, {250, 145, 40},
        {252, 235, 150}};

    private HeatMap() {}

    /**
     * The picture with the map over it.
     *
     * @param map weights [rows, columns], not negative; the largest becomes the brightest
     */
    public static Image overlay(Image picture, float[] map, int rows, int columns) {
        float largest = 0;
        for (float weight : map) {
            largest = Math.max(largest, weight);
        }
        Image result = picture.copy();
        byte[] rgb = result.rgb();
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                double weight = largest == 0
                        ? 0
                        : at(map, rows, columns, (y + 0.5) / picture.height(), (x + 0.5) / picture.width()) / largest;
                double grey = 0.299 * picture.at(x, y, 0) + 0.587 * picture.at(x, y, 1) + 0.114 * picture.at(x, y, 2);
                for (int c = 0; c < 3; c++) {
                    double own = mix(grey, picture.at(x, y, c), 0.5);
                    rgb[(y * picture.width() + x) * 3 + c] = (byte) Math
                            .round(mix(own, colour(weight, c), 0.35 + 0.3 * weight));
                }
            }
        }
        return result;
    }

    /** Bilinear between the middles of the cells; y and x in [0, 1]. */
    private static double at(float[] map, int rows, int columns, double y, double x) {
        double row = Math.clamp(y * rows - 0.5, 0, rows - 1);
        double column = Math.clamp(x * columns - 0.5, 0, columns - 1);
        int top = (int) row;
        int left = (int) column;
        int bottom = Math.min(top + 1, rows - 1);
        int right = Math.min(left + 1, columns - 1);
        double above = mix(map[top * columns + left], map[top * columns + right], column - left);
        double below = mix(map[bottom * columns + left], map[bottom * columns + right], column - left);
        return mix(above, below, row - top);
    }

    private static double colour(double weight, int channel) {
        double place = weight * (COLOURS.length - 1);
        int from = Math.min((int) place, COLOURS.length - 2);
        return mix(COLOURS[from][channel], COLOURS[from + 1][channel], place - from);
    }

    private static double mix(double from, double to, double part) {
        return from + (to - from) * part;
    }
}
