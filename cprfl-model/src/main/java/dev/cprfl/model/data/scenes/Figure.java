package dev.cprfl.model.data.scenes;

/** The second word of a category's name: an outline of about unit size around the origin, y pointing down. */
enum Figure {
    CIRCLE, SQUARE, TRIANGLE, STAR, HEART, CROSS;

    private static final double[] SQUARE_CORNERS = {-0.76, -0.76, 0.76, -0.76, 0.76, 0.76, -0.76, 0.76};
    private static final double[] TRIANGLE_CORNERS = spikes(3, 1.06, 0.53);
    private static final double[] STAR_CORNERS = spikes(5, 1.08, 0.45);
    private static final double[] HEART_CORNERS = {0, -0.55, 0.75, 0.2, 0, 0.95, -0.75, 0.2};
    private static final double[] CROSS_CORNERS = {-0.3, -0.95, 0.3, -0.95, 0.3, -0.3, 0.95, -0.3, 0.95, 0.3, 0.3, 0.3,
        0.3, 0.95, -0.3, 0.95, -0.3, 0.3, -0.95, 0.3, -0.95, -0.3, -0.3, -0.3};

    /** Signed distance of a point from the outline: negative inside. */
    double distance(double x, double y) {
        return switch (this) {
            case CIRCLE -> disc(x, y, 0, 0, 0.85);
            case SQUARE -> polygon(x, y, SQUARE_CORNERS);
            case TRIANGLE -> polygon(x, y, TRIANGLE_CORNERS);
            case STAR -> polygon(x, y, STAR_CORNERS);
            case CROSS -> polygon(x, y, CROSS_CORNERS);
            // A square standing on its corner, with a disc on each of its two upper sides.
            case HEART -> Math.min(polygon(x, y, HEART_CORNERS),
                    Math.min(disc(x, y, -0.375, -0.175, 0.53), disc(x, y, 0.375, -0.175, 0.53)));
        };
    }

    static double disc(double x, double y, double centreX, double centreY, double radius) {
        return Math.sqrt(square(x - centreX) + square(y - centreY)) - radius;
    }

    /** Signed distance from a closed polygon with corners {@code x0, y0, x1, y1, ...}; inside by the even-odd rule. */
    static double polygon(double x, double y, double[] corners) {
        double nearest = Double.MAX_VALUE;
        boolean inside = false;
        double fromX = corners[corners.length - 2];
        double fromY = corners[corners.length - 1];
        for (int i = 0; i < corners.length; i += 2) {
            double sideX = corners[i] - fromX;
            double sideY = corners[i + 1] - fromY;
            double along = (x - fromX) * sideX + (y - fromY) * sideY;
            double t = Math.clamp(along / (sideX * sideX + sideY * sideY), 0.0, 1.0);
            nearest = Math.min(nearest, square(x - fromX - t * sideX) + square(y - fromY - t * sideY));
            if (fromY > y != corners[i + 1] > y && x < fromX + (y - fromY) * sideX / sideY) {
                inside = !inside;
            }
            fromX = corners[i];
            fromY = corners[i + 1];
        }
        return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
    }

    /** A star that points up, its corners in turn at the outer and the inner radius. */
    private static double[] spikes(int count, double outer, double inner) {
        double[] corners = new double[4 * count];
        for (int i = 0; i < 2 * count; i++) {
            double angle = Math.PI * i / count;
            double radius = i % 2 == 0 ? outer : inner;
            corners[2 * i] = radius * StrictMath.sin(angle);
            corners[2 * i + 1] = -radius * StrictMath.cos(angle);
        }
        return corners;
    }

    private static double square(double value) {
        return value * value;
    }
}
