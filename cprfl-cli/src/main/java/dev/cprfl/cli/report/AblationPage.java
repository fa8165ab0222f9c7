package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;
import static dev.cprfl.cli.report.ReportPage.each;

import java.util.List;
import java.util.Locale;

/** The table of an ablation as one HTML page. */
public final class AblationPage {

    /**
     * A variant.
     *
     * @param about a few words, or null
     * @param cells by total, head, medium and tail
     */
    public record Line(String variant, String about, int seeds, List<Cell> cells) {}

    /** @param mean and std as fractions, or null where there is none */
    public record Cell(Double mean, Double std) {}

    private AblationPage() {}

    /** @param lines the first is what the others are compared with */
    public static String render(String title, String summary, List<Line> lines) {
        return Html.page(title, summary,
                "<section><div class='scroll'><table><tr><th>variant</th><th>seeds</th>"
                        + each(ReportPage.GROUPS, group -> "<th class='" + group + "'>" + group + "</th>") + "</tr>"
                        + each(lines, line -> row(line, lines.getFirst())) + "</table></div></section>"
                        + ReportPage.section("The variants", "",
                                "<dl>" + each(lines, line -> "<dt>" + escape(line.variant) + "</dt><dd>"
                                        + escape(line.about == null ? "" : line.about) + "</dd>") + "</dl>"));
    }

    private static String row(Line line, Line first) {
        StringBuilder cells = new StringBuilder();
        for (int i = 0; i < line.cells.size(); i++) {
            Cell cell = line.cells.get(i);
            Double reference = first.cells.get(i).mean;
            String difference = line.equals(first) || cell.mean == null || reference == null
                    ? ""
                    : String.format(Locale.ROOT, " <small>(%+.1f)</small>", 100 * (cell.mean - reference));
            cells.append("<td>").append(ReportPage.percent(cell.mean))
                    .append(cell.std == null
                            ? ""
                            : String.format(Locale.ROOT, " <small>± %.1f</small>", 100 * cell.std))
                    .append(difference).append("</td>");
        }
        return "<tr><th>%s</th><td>%d</td>%s</tr>%n".formatted(escape(line.variant), line.seeds, cells);
    }
}
