package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;
import static dev.cprfl.cli.report.ReportPage.each;
import static dev.cprfl.cli.report.ReportPage.section;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The table of an audit as one HTML page: what failed, then a table for each comparison. */
public final class AuditPage {

    /**
     * A line of the table.
     *
     * @param error the worst, or null where nothing could be compared
     * @param failure what is wrong, or null
     */
    public record Line(String operation, String comparison, int cases, Double error, double bound, String failure) {}

    private AuditPage() {}

    /** @param summary one sentence */
    public static String render(String summary, List<Line> lines) {
        Map<String, List<Line>> comparisons = lines.stream()
                .collect(Collectors.groupingBy(Line::comparison, LinkedHashMap::new, Collectors.toList()));
        List<Line> failed = failed(lines);
        return Html.page("Audit", summary,
                (failed.isEmpty()
                        ? ""
                        : section("What failed", "", "<ul>" + each(failed, line -> "<li><b class='wrong'>"
                                + escape(line.operation) + "</b>, " + escape(line.comparison) + "</li>") + "</ul>"))
                        + each(comparisons.entrySet(), entry -> section(entry.getKey(),
                                verdict(entry.getValue()), table(entry.getValue()))));
    }

    private static List<Line> failed(List<Line> lines) {
        return lines.stream().filter(line -> line.failure != null).toList();
    }

    private static String verdict(List<Line> lines) {
        int failed = failed(lines).size();
        return lines.size() + (lines.size() == 1 ? " operation, " : " operations, ")
                + (failed == 0 ? "all right." : failed + " of them <b class='wrong'>wrong</b>.");
    }

    private static String table(List<Line> lines) {
        return """
                <div class='scroll'><table class='audit dense'>
                <tr><th>operation</th><th>cases</th><th>worst error</th><th>allowed</th><th>verdict</th></tr>
                %s</table></div>
                """.formatted(each(lines, AuditPage::row));
    }

    private static String row(Line line) {
        String why = line.failure == null
                ? ""
                : "<tr class='why'><td colspan='5'><small>" + escape(line.failure) + "</small></td></tr>\n";
        return "<tr><th>%s</th><td>%d</td><td>%s</td><td>%s</td><td>%s</td></tr>%n%s".formatted(
                escape(line.operation), line.cases, number(line.error), number(line.bound),
                line.failure == null ? "<b class='right'>✓ ok</b>" : "<b class='wrong'>✗ failed</b>", why);
    }

    /** Three digits; a dash where there is no number. */
    public static String number(Double value) {
        return value == null ? "–" : value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }
}
