package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Draws lines over epochs or steps as SVG. The y axis holds zero, so that no small difference looks large. */
final class LineChart {

    /** @param x and y of the same length */
    record Line(String name, List<Double> x, List<Double> y) {}

    private static final int WIDTH = 400;
    private static final int HEIGHT = 230;
    private static final int LEFT = 56;
    private static final int RIGHT = 18;
    private static final int TOP = 12;
    private static final int BOTTOM = 34;

    private final String xName;
    private final double maxX;
    private final double step;
    private final double minY;
    private final double maxY;
    private final StringBuilder svg = new StringBuilder();

    private LineChart(String xName, List<Line> lines) {
        this.xName = xName;
        maxX = Math.max(1, lines.stream().flatMap(line -> line.x.stream()).mapToDouble(x -> x).max().orElse(1));
        double top = lines.stream().flatMap(line -> line.y.stream()).mapToDouble(y -> y).max().orElse(1);
        double bottom = Math.min(0,
                lines.stream().flatMap(line -> line.y.stream()).mapToDouble(y -> y).min().orElse(0));
        double span = Math.max(top, 0) - bottom;
        step = tick(span > 0 ? span / 4 : 0.25);
        minY = step * Math.floor(bottom / step + 1e-9);
        maxY = Math.max(minY + step, step * Math.ceil(top / step - 1e-9));
    }

    /**
     * An {@code svg} element.
     *
     * @param title for those who cannot see it
     * @param xName what the x axis counts
     */
    static String draw(String title, String xName, List<Line> lines) {
        return draw(title, xName, lines, IntStream.range(0, lines.size()).mapToObj(i -> "run" + i).toList());
    }

    /** As {@link #draw(String, String, List)}, with the style class of each line. */
    static String draw(String title, String xName, List<Line> lines, List<String> styles) {
        LineChart chart = new LineChart(xName, lines);
        chart.axes();
        for (int i = 0; i < lines.size(); i++) {
            chart.line(lines.get(i), styles.get(i));
        }
        return "<svg class='chart' viewBox='0 0 %d %d' role='img' aria-label='%s'>%s</svg>"
                .formatted(WIDTH, HEIGHT, escape(title), chart.svg);
    }

    private void axes() {
        DecimalFormat number = new DecimalFormat(Math.max(maxY, -minY) < 1e-3 ? "0.##E0" : "0.#####",
                DecimalFormatSymbols.getInstance(Locale.ROOT));
        long ticks = Math.round((maxY - minY) / step);
        for (int i = 0; i <= ticks; i++) {
            double value = minY + i * step;
            double y = y(value);
            add(String.format(Locale.ROOT, "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT,
                    WIDTH - RIGHT, y, y));
            add(String.format(Locale.ROOT, "<text class='tick' text-anchor='end' x='%d' y='%.1f'>%s</text>", LEFT - 6,
                    y + 4, Math.abs(value) < step / 2 ? "0" : number.format(value)));
        }
        double every = Math.max(1, Math.round(tick(maxX / 6)));
        for (double x = 0; x <= maxX + 1e-9; x += every) {
            add(String.format(Locale.ROOT, "<text class='tick' text-anchor='middle' x='%.1f' y='%d'>%.0f</text>", x(x),
                    HEIGHT - BOTTOM + 16, x));
        }
        add(String.format(Locale.ROOT, "<text class='tick' text-anchor='end' x='%d' y='%d'>%s</text>",
                WIDTH - RIGHT, HEIGHT - 3, escape(xName)));
    }

    private void line(Line line, String style) {
        List<String> points = new ArrayList<>();
        for (int i = 0; i < line.x.size(); i++) {
            points.add(String.format(Locale.ROOT, "%.1f,%.1f", x(line.x.get(i)), y(line.y.get(i))));
        }
        add(String.format(Locale.ROOT, "<polyline class='line %s' points='%s'><title>%s</title></polyline>", style,
                String.join(" ", points), escape(line.name)));
        if (!points.isEmpty()) {
            String[] last = points.getLast().split(",", -1);
            add(String.format(Locale.ROOT, "<circle class='dot %s' cx='%s' cy='%s' r='3.5'/>", style, last[0],
                    last[1]));
        }
    }

    private double x(double epoch) {
        return LEFT + (WIDTH - LEFT - RIGHT) * epoch / maxX;
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - minY) / (maxY - minY);
    }

    private void add(String element) {
        svg.append(element).append('\n');
    }

    /** The next of 1, 2, 2.5, 5 times a power of ten. */
    private static double tick(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double factor : new double[]{1, 2, 2.5, 5}) {
            if (factor * power >= atLeast * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
