package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of an audit as one HTML page. */
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
        String rows = lines.stream().map(AuditPage::row).collect(Collectors.joining());
        return Html.page("Audit", summary,
                """
                        <section><div class='scroll'><table class='audit'>
                        <tr><th>operation</th><th>compared</th><th>cases</th><th>worst error</th><th>allowed</th><th>verdict</th></tr>
                        %s</table></div></section>
                        """
                        .formatted(rows));
    }

    private static String row(Line line) {
        String verdict = line.failure == null
                ? "<b class='right'>✓ ok</b>"
                : "<b class='wrong'>✗ failed</b><br><small>" + escape(line.failure) + "</small>";
        return "<tr><th>%s</th><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td></tr>%n".formatted(
                escape(line.operation), escape(line.comparison), line.cases, number(line.error), number(line.bound),
                verdict);
    }

    /** Three digits; a dash where there is no number. */
    public static String number(Double value) {
        return value == null ? "–" : value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }
}
