package dev.cprfl.bench;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/**
 * The roofline plot (Williams, Waterman and Patterson 2009): speed over arithmetic intensity, both logarithmic, under the
 * machine's two ceilings. Our own kernels only; of the convolutions the forward pass.
 */
final class RooflinePlot {

    private static final double LEFT = 60;
    private static final double TOP = 20;
    private static final double WIDTH = 620;
    private static final double HEIGHT = 560;
    private static final int LEGEND = 720;
    private static final int LINE = 14;

    /** The decades shown: operations a byte, and GFLOP/s. */
    private static final int[] X = {-1, 3};
    private static final int[] Y = {-1, 4};

    private final Formatter svg = new Formatter(Locale.ROOT);
    private final Ceilings ceilings;

    private RooflinePlot(Ceilings ceilings) {
        this.ceilings = ceilings;
    }

    static String svg(List<Measurement> all, Ceilings ceilings) {
        return new RooflinePlot(ceilings).draw(all.stream().filter(RooflinePlot::isDrawn).toList());
    }

    private static boolean isDrawn(Measurement m) {
        return switch (m.family()) {
            case "Gemms", "Kernels" -> m.method().equals("ours");
            case "Convolutions" -> m.method().equals("forward");
            default -> false;
        };
    }

    private String draw(List<Measurement> dots) {
        double height = Math.max(TOP + HEIGHT + 50, 2 * TOP + LINE * dots.size());
        svg.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1060 %.0f\" font-family=\"sans-serif\" font-size=\"11\">%n",
                height);
        svg.format("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
        grid();
        roof();
        for (int i = 0; i < dots.size(); i++) {
            dot(i + 1, dots.get(i));
        }
        svg.format("</svg>%n");
        return svg.toString();
    }

    private void grid() {
        for (int d = X[0]; d <= X[1]; d++) {
            double x = x(Math.pow(10, d));
            segment(x, TOP, x, TOP + HEIGHT, "#ddd");
            svg.format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n", x, TOP + HEIGHT + 16,
                    power(d));
        }
        for (int d = Y[0]; d <= Y[1]; d++) {
            double y = y(Math.pow(10, d));
            segment(LEFT, y, LEFT + WIDTH, y, "#ddd");
            svg.format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n", LEFT - 6, y + 4, power(d));
        }
        svg.format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">operations per byte</text>%n", LEFT + WIDTH / 2,
                TOP + HEIGHT + 36);
        svg.format("<text transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">GFLOP/s</text>%n",
                TOP + HEIGHT / 2);
    }

    private void roof() {
        double low = Math.pow(10, X[0]);
        double ridge = ceilings.gflops() / ceilings.gigabytes();
        segment(x(low), y(low * ceilings.gigabytes()), x(ridge), y(ceilings.gflops()), "black");
        segment(x(ridge), y(ceilings.gflops()), LEFT + WIDTH, y(ceilings.gflops()), "black");
        svg.format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">multiply-adds: %.0f GFLOP/s</text>%n",
                LEFT + WIDTH - 4,
                y(ceilings.gflops()) - 5, ceilings.gflops());
        svg.format("<text x=\"%.1f\" y=\"%.1f\">memory: %.1f GB/s</text>%n", x(low) + 10,
                y(low * ceilings.gigabytes()) - 25,
                ceilings.gigabytes());
    }

    private void dot(int number, Measurement m) {
        double x = x(m.work().flop() / m.work().bytes());
        double y = y(m.gflops());
        String colour = switch (m.family()) {
            case "Gemms" -> "#1b6ca8";
            case "Convolutions" -> "#c0392b";
            default -> "#2d7d46";
        };
        svg.format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>%n", x, y, colour);
        svg.format("<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\" fill=\"%s\">%d</text>%n", x + 4, y - 3, colour, number);
        svg.format("<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%d  %s</text>%n", LEGEND, TOP + LINE * (number - 0.2), colour,
                number,
                m.work().title());
    }

    private void segment(double x1, double y1, double x2, double y2, String colour) {
        svg.format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>%n", x1, y1, x2, y2, colour);
    }

    private static double x(double intensity) {
        return LEFT + WIDTH * (Math.log10(intensity) - X[0]) / (X[1] - X[0]);
    }

    private static double y(double gflops) {
        return TOP + HEIGHT * (Y[1] - Math.log10(gflops)) / (Y[1] - Y[0]);
    }

    private static String power(int exponent) {
        return exponent < 0
                ? Double.toString(Math.pow(10, exponent))
                : Long.toString(Math.round(Math.pow(10, exponent)));
    }
}
