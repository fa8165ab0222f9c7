package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.cli.report.Report.Prompts;
import dev.cprfl.cli.report.Report.Pull;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The sections of a report about the prompts: the two paths that moved them, and where they went. */
final class PromptSections {

    /** Up to so many classes have their names beside the matrix. */
    private static final int FEW = 30;

    private static final int CELL = 10;
    private static final int NAMES = 70;

    private PromptSections() {}

    static String html(Prompts prompts) {
        return (prompts.pulls().size() > 1 ? paths(prompts.pulls()) : "")
                + (prompts.before() == null ? "" : PromptMovement.html(prompts))
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

    private static String similarity(Prompts prompts) {
        double[][] before = prompts.before() == null ? null : PromptGeometry.cosines(prompts.before());
        double[][] after = PromptGeometry.cosines(prompts.after());
        double low = Math.min(before == null ? 1 : lowest(before), lowest(after));
        return ReportPage.section("How alike the prompts are",
                (low < 0
                        ? "The cosine between every two prompts: blue is alike, red is opposite, none is neither."
                        : String.format(Locale.ROOT,
                                "The cosine between every two prompts, from %.2f (no colour) to 1 (blue).",
                                low))
                        + " In the order of the classes; the strips at the edges tell head, medium and tail.",
                "<p class='legend'><span><i class='head'></i>head</span> <span><i class='medium'></i>medium</span> "
                        + "<span><i class='tail'></i>tail</span></p><div class='charts'>" + (before == null
                                ? ""
                                : "<figure>" + matrix(prompts, before, low)
                                        + "<figcaption>before the training</figcaption></figure>")
                        + "<figure>" + matrix(prompts, after, low)
                        + "<figcaption>after it</figcaption></figure></div>");
    }

    private static double lowest(double[][] cosines) {
        return Arrays.stream(cosines).flatMapToDouble(Arrays::stream).min().orElse(0);
    }

    /** @param low the smallest cosine of all matrices; it has no colour if it is positive */
    private static String matrix(Prompts prompts, double[][] cosines, double low) {
        int classes = cosines.length;
        int strip = 4 + classes / 10;
        int names = classes <= FEW ? NAMES : strip + 2;
        int side = names + classes * CELL;
        double colourless = Math.min(Math.max(0, low), 0.999);
        StringBuilder svg = new StringBuilder();
        svg.append("<rect class='field' x='%d' y='%1$d' width='%d' height='%2$d'/>%n".formatted(names, classes * CELL));
        for (int i = 0; i < classes; i++) {
            int start = names + i * CELL;
            String name = escape(prompts.names().get(i));
            svg.append(
                    """
                            <g class='%s'><rect class='strip' x='%d' y='%d' width='%d' height='%d'/><rect class='strip' x='%3$d' y='%2$d' width='%5$d' height='%4$d'/>%s</g>
                            """
                            .formatted(escape(prompts.groups().get(i)), names - strip - 1, start, strip, CELL,
                                    classes > FEW
                                            ? ""
                                            : "<text text-anchor='end' x='%d' y='%d'>%s</text>".formatted(
                                                    names - strip - 3,
                                                    start + 8, name)));
            for (int j = 0; j < classes; j++) {
                svg.append(String.format(Locale.ROOT,
                        "<rect class='%s' x='%d' y='%d' width='%d' height='%4$d' fill-opacity='%.2f'><title>%s, %s: "
                                + "%.2f</title></rect>",
                        cosines[i][j] < 0 ? "against" : "alike", names + j * CELL, start, CELL,
                        Math.min(1, (Math.abs(cosines[i][j]) - colourless) / (1 - colourless)), name,
                        escape(prompts.names().get(j)), cosines[i][j]));
            }
        }
        return "<svg class='similarity' viewBox='0 %d %d %d' role='img' aria-label='Similarity of the prompts'>%s</svg>"
                .formatted(names - strip - 2, side, side - names + strip + 2, svg);
    }
}
