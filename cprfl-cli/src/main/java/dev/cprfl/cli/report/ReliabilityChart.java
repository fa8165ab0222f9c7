package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.model.evaluation.Calibration;
import java.util.Locale;

/** Draws how often labels of each probability were there: a reliability diagram as SVG. */
final class ReliabilityChart {

    private static final int SIZE = 200;
    private static final int LEFT = 42;
    private static final int BOTTOM = 36;
    private static final int EDGE = 14;

    private ReliabilityChart() {}

    /** An {@code svg} element; the group colours the dots. */
    static String draw(String group, Calibration calibration) {
        StringBuilder svg = new StringBuilder();
        for (int i = 0; i <= 4; i++) {
            double at = i / 4.0;
            svg.append(String.format(Locale.ROOT,
                    "<line class='grid' x1='%.1f' x2='%.1f' y1='%.1f' y2='%3$.1f'/>"
                            + "<text class='tick' text-anchor='end' x='%d' y='%.1f'>%.0f</text>"
                            + "<text class='tick' text-anchor='middle' x='%.1f' y='%d'>%6$.0f</text>%n",
                    x(0), x(1), y(at), LEFT - 5, y(at) + 4, 100 * at, x(at), SIZE - BOTTOM + 15));
        }
        svg.append(String.format(Locale.ROOT, "<line class='diagonal' x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f'/>", x(0),
                y(0), x(1), y(1)));
        svg.append(String.format(Locale.ROOT,
                "<text class='tick' text-anchor='middle' x='%.1f' y='%d'>probability, %%</text>"
                        + "<text class='tick' text-anchor='middle' transform='translate(11 %.1f) rotate(-90)'>there, %%</text>%n",
                x(0.5), SIZE - 5, y(0.5)));
        long most = calibration.bins().stream().mapToLong(Calibration.Bin::decisions).max().orElse(1);
        for (Calibration.Bin bin : calibration.bins()) {
            if (bin.decisions() > 0) {
                svg.append(String.format(Locale.ROOT,
                        "<circle cx='%.1f' cy='%.1f' r='%.1f'><title>%d labels: probability %.1f %%, there %.1f %%</title>"
                                + "</circle>%n",
                        x(bin.probability()), y(bin.frequency()),
                        2 + 6 * Math.log1p((double) bin.decisions()) / Math.log1p((double) most), bin.decisions(),
                        100 * bin.probability(), 100 * bin.frequency()));
            }
        }
        return "<svg class='chart reliability %s' viewBox='0 0 %d %d' role='img' aria-label='Reliability, %1$s'>%s</svg>"
                .formatted(escape(group), SIZE, SIZE, svg);
    }

    private static double x(double probability) {
        return LEFT + (SIZE - LEFT - EDGE) * probability;
    }

    private static double y(double frequency) {
        return SIZE - BOTTOM - (SIZE - BOTTOM - EDGE) * frequency;
    }
}
