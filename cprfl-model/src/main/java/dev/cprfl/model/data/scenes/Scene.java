package dev.cprfl.model.data.scenes;

import dev.cprfl.tensor.Rng;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Draws one image: a muted background with clutter, the labelled objects, and distractors that carry no label. */
final class Scene {

    /** Radii of objects, as a part of the image's size. */
    private static final double SMALLEST = 0.14;
    private static final double LARGEST = 0.22;

    /** How close two objects may come, as a part of the sum of their radii: below 1 they can overlap. */
    private static final double CLOSEST = 0.9;

    private static final List<Colour> COLOURS = List.of(Colour.values());
    private static final List<Figure> FIGURES = List.of(Figure.values());

    private static final int TRIES = 20;

    private final int size;
    private final Rng rng;
    private final Canvas canvas;
    private final List<Canvas.Placement> placed = new ArrayList<>();

    private Scene(int size, Rng rng) {
        this.size = size;
        this.rng = rng;
        this.canvas = new Canvas(size);
    }

    /**
     * A picture that shows each of some categories once or twice.
     *
     * @param size width and height in pixels
     * @param rng decides everything else
     * @return red, green and blue [size, size, 3]
     */
    static byte[] draw(List<Category> labels, int size, Rng rng) {
        Scene scene = new Scene(size, rng);
        scene.background();
        scene.objects(labels);
        return scene.develop();
    }

    private void background() {
        canvas.background(muted(), muted(), rng.nextDouble(0.02, 0.10), rng);
        for (int i = rng.nextInt(3); i > 0; i--) {
            double radius = size * rng.nextDouble(0.03, 0.15);
            canvas.blob(anywhere(), anywhere(), radius, rng.nextDouble(1, radius), muted());
        }
        for (int i = rng.nextInt(3); i > 0; i--) {
            canvas.line(anywhere(), anywhere(), anywhere(), anywhere(), size * rng.nextDouble(0.01, 0.04), muted());
        }
    }

    private void objects(List<Category> labels) {
        List<Runnable> objects = new ArrayList<>();
        for (Category label : labels) {
            objects.add(() -> place(label.figure(), paint(label.colour())));
            if (rng.nextDouble() < 0.2) {
                objects.add(() -> place(label.figure(), paint(label.colour())));
            }
        }
        for (int i = rng.nextInt(2); i > 0; i--) {
            objects.add(this::distractor);
        }
        // The last one is drawn on top: no category may always be the covered one.
        for (int i = objects.size() - 1; i > 0; i--) {
            Collections.swap(objects, i, rng.nextInt(i + 1));
        }
        objects.forEach(Runnable::run);
    }

    /** What is no category: a known colour on another figure, or a known figure without a colour. */
    private void distractor() {
        if (rng.nextDouble() < 0.5) {
            place(rng.nextDouble() < 0.5 ? Figure.HEART : Figure.SQUARE, paint(pick(COLOURS)));
        } else {
            place(pick(FIGURES), muted());
        }
    }

    /** Draws a figure where it covers the others least, found by trying some places. */
    private void place(Figure figure, double[] colour) {
        Canvas.Placement best = null;
        double bestRoom = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < TRIES && bestRoom < 0; i++) {
            double radius = size * rng.nextDouble(SMALLEST, LARGEST);
            double x = rng.nextDouble(0.8 * radius, size - 0.8 * radius);
            double y = rng.nextDouble(0.8 * radius, size - 0.8 * radius);
            double room = size;
            for (Canvas.Placement other : placed) {
                double apart = Math.sqrt((x - other.x()) * (x - other.x()) + (y - other.y()) * (y - other.y()));
                room = Math.min(room, apart - CLOSEST * (radius + other.radius()));
            }
            if (room > bestRoom) {
                bestRoom = room;
                best = new Canvas.Placement(x, y, radius, rng.nextDouble(-0.3, 0.3), rng.nextDouble(0, 0.2));
            }
        }
        placed.add(best);
        canvas.figure(figure, best, colour);
    }

    private byte[] develop() {
        double brightness = rng.nextDouble(0.8, 1.1);
        double[] tint = new double[3];
        for (int c = 0; c < 3; c++) {
            tint[c] = brightness * rng.nextDouble(0.94, 1.06);
        }
        return canvas.develop(tint, rng.nextDouble(0.01, 0.03), rng);
    }

    private <T> T pick(List<T> items) {
        return items.get(rng.nextInt(items.size()));
    }

    private double anywhere() {
        return rng.nextDouble(0, size);
    }

    /** A grey with a hint of some colour. */
    private double[] muted() {
        double grey = rng.nextDouble(0.25, 0.8);
        double[] colour = new double[3];
        for (int c = 0; c < 3; c++) {
            colour[c] = grey + rng.nextDouble(-0.07, 0.07);
        }
        return colour;
    }

    /** A tone of a category's colour. */
    private double[] paint(Colour colour) {
        double light = rng.nextDouble(0.8, 1.1);
        double[] paint = {colour.red, colour.green, colour.blue};
        for (int c = 0; c < 3; c++) {
            paint[c] = Math.clamp(light * (paint[c] + rng.nextDouble(-0.06, 0.06)), 0.0, 1.0);
        }
        return paint;
    }
}
