package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.cli.report.Report.Prompts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The section of a report that draws the way of each prompt through training, in a plane. */
final class PromptMovement {

    private static final int MARGIN = 30;
    private static final int FEW = 30;

    /** Height and mean width of a letter. */
    private static final double LETTER = 10;
    private static final double LETTER_WIDTH = 5.8;

    private record Box(double left, double top, double width, double height) {

        boolean overlaps(Box other) {
            return left < other.left + other.width && other.left < left + width && top < other.top + other.height
                    && other.top < top + height;
        }

        boolean within(int size) {
            return left >= 0 && top >= 0 && left + width <= size && top + height <= size;
        }
    }

    private final Prompts prompts;
    private final int size;
    private final double[][] places;
    private final List<Box> taken = new ArrayList<>();
    private int unnamed;

    private PromptMovement(Prompts prompts, double[][] points) {
        this.prompts = prompts;
        size = prompts.names().size() <= FEW ? 420 : 720;
        places = places(points);
    }

    static String html(Prompts prompts) {
        int classes = prompts.names().size();
        double[][] all = new double[2 * classes][];
        System.arraycopy(prompts.before(), 0, all, 0, classes);
        System.arraycopy(prompts.after(), 0, all, classes, classes);
        PromptGeometry.Plane plane = PromptGeometry.principalPlane(all);
        PromptMovement movement = new PromptMovement(prompts, plane.points());
        String svg = movement.draw();
        return ReportPage.section("Where the prompts went",
                String.format(Locale.ROOT,
                        "Each prompt from the small ring, where the training began, to the dot, where it ended, in the plane "
                                + "of the two principal components, which shows %.0f %% of the variance.",
                        100 * plane.explained())
                        + (movement.unnamed == 0
                                ? ""
                                : " " + movement.unnamed
                                        + " names that would cover others are left out; a dot tells its "
                                        + "own to the mouse."),
                "<figure class='scroll'><svg class='chart prompts%s' viewBox='0 0 %d %2$d' role='img' aria-label='Movement of the prompts'>%s</svg></figure>"
                        .formatted(classes <= FEW ? "" : " many", movement.size, svg));
    }

    /** Points of the plane as pixels, equally scaled along both axes. */
    private double[][] places(double[][] points) {
        double[] low = {Double.MAX_VALUE, Double.MAX_VALUE};
        double span = 1e-30;
        for (int axis = 0; axis < 2; axis++) {
            double high = -Double.MAX_VALUE;
            for (double[] point : points) {
                low[axis] = Math.min(low[axis], point[axis]);
                high = Math.max(high, point[axis]);
            }
            span = Math.max(span, high - low[axis]);
        }
        double scale = (size - 2 * MARGIN) / span;
        double[][] pixels = new double[points.length][];
        for (int i = 0; i < points.length; i++) {
            pixels[i] = new double[]{MARGIN + (points[i][0] - low[0]) * scale,
                size - MARGIN - (points[i][1] - low[1]) * scale};
        }
        return pixels;
    }

    private String draw() {
        int classes = prompts.names().size();
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <rect class='frame' x='0.5' y='0.5' width='%d' height='%1$d'/>
                <text class='tick' text-anchor='end' x='%d' y='%d'>first component</text>
                <text class='tick' text-anchor='end' transform='translate(14 8) rotate(-90)'>second component</text>
                """, size - 1, size - 8, size - 8));
        for (int id = 0; id < classes; id++) {
            double[] dot = places[classes + id];
            taken.add(new Box(dot[0] - 4, dot[1] - 4, 8, 8));
        }
        for (int id = 0; id < classes; id++) {
            double[] from = places[id];
            double[] to = places[classes + id];
            svg.append(String.format(Locale.ROOT,
                    "<g class='%s'><title>%s</title><line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f'/><circle class='from' "
                            + "cx='%3$.1f' cy='%4$.1f' r='2.5'/><circle cx='%5$.1f' cy='%6$.1f' r='4'/>%s</g>%n",
                    escape(prompts.groups().get(id)), escape(prompts.names().get(id)), from[0], from[1], to[0], to[1],
                    name(prompts.names().get(id), to)));
        }
        return svg.toString();
    }

    /** To the right of its dot, or the left, below or above; nothing where each place is taken. */
    private String name(String name, double[] dot) {
        double width = LETTER_WIDTH * name.length();
        double middle = dot[1] - LETTER / 2;
        for (Box box : List.of(new Box(dot[0] + 5, middle, width, LETTER),
                new Box(dot[0] - 5 - width, middle, width, LETTER),
                new Box(dot[0] - width / 2, dot[1] + 5, width, LETTER),
                new Box(dot[0] - width / 2, dot[1] - 5 - LETTER, width, LETTER))) {
            if (box.within(size) && taken.stream().noneMatch(box::overlaps)) {
                taken.add(box);
                return String.format(Locale.ROOT, "<text x='%.1f' y='%.1f'>%s</text>", box.left, box.top + 8,
                        escape(name));
            }
        }
        unnamed++;
        return "";
    }
}
