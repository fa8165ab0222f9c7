package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.cli.report.Report.Prompts;
import dev.cprfl.cli.report.Report.Pull;
import java.util.List;
import java.util.Locale;

/** The sections of a report about the prompts: the two paths that moved them, and where they went. */
final class PromptSections {

    private static final int SIZE = 420;
    private static final int MARGIN = 30;

    private PromptSections() {}

    static String html(Prompts prompts) {
        return (prompts.pulls().size() > 1 ? paths(prompts.pulls()) : "")
                + (prompts.before() == null ? "" : movement(prompts))
                + similarity(prompts);
    }

    private static String paths(List<Pull> pulls) {
        List<Double> steps = pulls.stream().map(pull -> (double) pull.step()).toList();
        String norms = LineChart.draw("Norm of the gradient on each path", "step", List.of(
                new LineChart.Line("direct", steps, pulls.stream().map(Pull::direct).toList()),
                new LineChart.Line("indirect", steps, pulls.stream().map(Pull::indirect).toList())));
        List<Pull> both = pulls.stream().filter(pull -> pull.cosine() != null).toList();
        String cosine = LineChart.draw("Cosine between the two gradients", "step", List.of(new LineChart.Line("cosine",
                both.stream().map(pull -> (double) pull.step()).toList(), both.stream().map(Pull::cosine).toList())));
        return ReportPage.section("Two paths to the prompts",
                "The loss reaches the prompts directly, through the score, and indirectly, through what the prompts became "
                        + "after looking at the image. How strongly each path pulls, and whether both pull the same way: a "
                        + "cosine of 1 is together, 0 is across, -1 is against each other.",
                "<p class='legend'><span><i class='run0'></i>direct</span> <span><i class='run1'></i>indirect</span></p>"
                        + "<div class='charts'><figure>" + norms
                        + "<figcaption>norm of the gradient over all prompts</figcaption></figure><figure>" + cosine
                        + "<figcaption>cosine between the two</figcaption></figure></div>");
    }

    private static String movement(Prompts prompts) {
        int classes = prompts.names().size();
        double[][] all = new double[2 * classes][];
        System.arraycopy(prompts.before(), 0, all, 0, classes);
        System.arraycopy(prompts.after(), 0, all, classes, classes);
        PromptGeometry.Plane plane = PromptGeometry.principalPlane(all);
        StringBuilder svg = new StringBuilder();
        double[] low = {Double.MAX_VALUE, Double.MAX_VALUE};
        double span = 1e-30;
        for (int axis = 0; axis < 2; axis++) {
            double high = -Double.MAX_VALUE;
            for (double[] point : plane.points()) {
                low[axis] = Math.min(low[axis], point[axis]);
                high = Math.max(high, point[axis]);
            }
            span = Math.max(span, high - low[axis]);
        }
        for (int id = 0; id < classes; id++) {
            double[] from = place(plane.points()[id], low, span);
            double[] to = place(plane.points()[classes + id], low, span);
            svg.append(String.format(Locale.ROOT,
                    "<g class='%s'><title>%s</title><line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f'/><circle class='from' "
                            + "cx='%.1f' cy='%.1f' r='2.5'/><circle cx='%.1f' cy='%.1f' r='4'/><text x='%.1f' "
                            + "y='%.1f'>%s</text></g>%n",
                    escape(prompts.groups().get(id)), escape(prompts.names().get(id)), from[0], from[1], to[0], to[1],
                    from[0], from[1], to[0], to[1], to[0] + 6, to[1] + 4, escape(prompts.names().get(id))));
        }
        return ReportPage.section("Where the prompts went",
                String.format(Locale.ROOT,
                        "Each prompt from the small ring, where the training began, to the dot, where it ended, in the plane "
                                + "of the two principal components, which shows %.0f %% of the variance.",
                        100 * plane.explained()),
                "<figure><svg class='chart prompts' viewBox='0 0 %d %d' role='img' aria-label='Movement of the prompts'>%s</svg></figure>"
                        .formatted(SIZE, SIZE, svg));
    }

    private static double[] place(double[] point, double[] low, double span) {
        double scale = (SIZE - 2 * MARGIN) / span;
        return new double[]{MARGIN + (point[0] - low[0]) * scale, SIZE - MARGIN - (point[1] - low[1]) * scale};
    }

    private static String similarity(Prompts prompts) {
        return ReportPage.section("How alike the prompts are",
                "The cosine between every two prompts, in the order of the classes: blue is alike, red is opposite.",
                "<div class='charts'>" + (prompts.before() == null
                        ? ""
                        : "<figure>" + matrix(prompts, prompts.before())
                                + "<figcaption>before the training</figcaption></figure>")
                        + "<figure>" + matrix(prompts, prompts.after())
                        + "<figcaption>after it</figcaption></figure></div>");
    }

    private static String matrix(Prompts prompts, double[][] rows) {
        double[][] cosines = PromptGeometry.cosines(rows);
        StringBuilder svg = new StringBuilder();
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows.length; j++) {
                svg.append(String.format(Locale.ROOT,
                        "<rect class='%s' x='%d' y='%d' width='1' height='1' fill-opacity='%.2f'><title>%s, %s: "
                                + "%.2f</title></rect>",
                        cosines[i][j] < 0 ? "against" : "alike", j, i, Math.min(1, Math.abs(cosines[i][j])),
                        escape(prompts.names().get(i)), escape(prompts.names().get(j)), cosines[i][j]));
            }
        }
        return "<svg class='chart matrix' viewBox='0 0 %d %d' role='img' aria-label='Similarity of the prompts'>%s</svg>"
                .formatted(rows.length, rows.length, svg);
    }
}
