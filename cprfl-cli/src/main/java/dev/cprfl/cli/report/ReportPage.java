package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.cli.report.Report.Epoch;
import dev.cprfl.cli.report.Report.Facts;
import dev.cprfl.cli.report.Report.Run;
import dev.cprfl.model.evaluation.Bootstrap.Interval;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes a {@link Report} as one HTML page that needs nothing else: no script, no font, no request. */
public final class ReportPage {

    static final List<String> GROUPS = List.of("total", "head", "medium", "tail");

    private final Report report;

    private ReportPage(Report report) {
        this.report = report;
    }

    /** The whole page. */
    public static String render(Report report) {
        return new ReportPage(report).page();
    }

    private String page() {
        return Html.page(report.title(), report.summary(),
                tiles() + comparison() + notes() + curves() + ClassSections.html(report)
                        + ExampleSections.html(report) + prompts() + facts());
    }

    // ---- numbers ------------------------------------------------------------------------------------------------------

    /** The model's mAP by group, large. */
    private String tiles() {
        Map<String, Double> means = report.runs().getFirst().meanAveragePrecision();
        if (means.isEmpty()) {
            return "";
        }
        Map<String, Interval> intervals = report.runs().getFirst().intervals();
        return "<section class='tiles'>" + each(GROUPS, group -> """
                <div class="tile %s"><span>%s</span><b>%s</b><small>%s%s</small></div>
                """.formatted(group, group.equals("total") ? "mAP" : group, percent(means.get(group)),
                interval(intervals.get(group)), size(group)))
                + "</section>\n";
    }

    private static String interval(Interval interval) {
        return interval == null ? "" : percent(interval.low()) + " to " + percent(interval.high()) + "; ";
    }

    private String size(String group) {
        long count = report.classes().stream().filter(row -> group.equals("total") || row.group().equals(group))
                .count();
        return count + (count == 1 ? " class" : " classes") + switch (group) {
            case "head" -> ", 100 or more training images";
            case "medium" -> ", 20 to 99";
            case "tail" -> ", fewer than 20";
            default -> "";
        };
    }

    private String comparison() {
        if (report.runs().size() < 2) {
            return "";
        }
        Run best = report.runs().getFirst();
        return section(
                "Compared with " + report.runs().stream().skip(1).map(Run::name).collect(Collectors.joining(", ")),
                "Mean average precision in percent on the same test images; in brackets what "
                        + escape(best.name()) + " has more.",
                "<div class='scroll'><table><tr><th></th>" + each(GROUPS, group -> "<th>" + group + "</th>") + "</tr>"
                        + each(report.runs(), run -> "<tr><th>" + escape(run.name()) + "</th>"
                                + each(GROUPS, group -> "<td>" + compare(best, run, group) + "</td>") + "</tr>\n")
                        + "</table></div>");
    }

    private static String compare(Run best, Run run, String group) {
        Double own = run.meanAveragePrecision().get(group);
        Double reference = best.meanAveragePrecision().get(group);
        return percent(own) + (run.equals(best) || own == null || reference == null
                ? ""
                : String.format(Locale.ROOT, " <small>(%+.1f)</small>", 100 * (reference - own)));
    }

    private String curves() {
        if (report.runs().stream().allMatch(run -> run.epochs().size() < 2)) {
            return "";
        }
        String selected = report.runs().size() > 1
                ? figure("mAP in percent", "mAP, %", epoch -> epoch.meanAveragePrecision().get("total"), 100)
                : selection();
        return section("Training",
                "Loss on the training images" + (selected.isEmpty() ? "" : ", mAP on the images that chose the weights")
                        + " and learning rate by epoch.",
                legend() + "<div class='charts'>"
                        + figure("Training loss",
                                report.runs().size() > 1 ? "mean loss, of each run its own" : "mean loss",
                                Epoch::loss, 1)
                        + selected + figure("Learning rate", "learning rate", Epoch::lr, 1) + "</div>");
    }

    /** mAP of the only run, by group. */
    private String selection() {
        List<Epoch> epochs = report.runs().getFirst().epochs();
        List<LineChart.Line> lines = GROUPS.stream().map(group -> line(group, epochs,
                epoch -> epoch.meanAveragePrecision().get(group), 100)).toList();
        return lines.stream().allMatch(line -> line.x().isEmpty())
                ? ""
                : "<figure>" + LineChart.draw("mAP in percent", "epoch", lines, GROUPS)
                        + "<figcaption>mAP, %: " + each(GROUPS, group -> "<b class='" + group + "'>" + group + "</b> ")
                        + "</figcaption></figure>";
    }

    /** A curve of every run; empty where there is no number. */
    private String figure(String title, String caption, Function<Epoch, Double> value, double factor) {
        List<LineChart.Line> lines = report.runs().stream()
                .map(run -> line(run.name(), run.epochs(), value, factor)).toList();
        return lines.stream().allMatch(line -> line.x().isEmpty())
                ? ""
                : "<figure>" + LineChart.draw(title, "epoch", lines) + "<figcaption>" + caption
                        + "</figcaption></figure>";
    }

    private static LineChart.Line line(String name, List<Epoch> epochs, Function<Epoch, Double> value, double factor) {
        List<Epoch> shown = epochs.stream().filter(epoch -> value.apply(epoch) != null).toList();
        return new LineChart.Line(name, shown.stream().map(epoch -> (double) epoch.number()).toList(),
                shown.stream().map(epoch -> factor * value.apply(epoch)).toList());
    }

    private String prompts() {
        return report.prompts() == null ? "" : PromptSections.html(report.prompts());
    }

    private String legend() {
        if (report.runs().size() < 2) {
            return "";
        }
        return "<p class='legend'>" + IntStream.range(0, report.runs().size()).mapToObj(i -> "<span><i class='run" + i
                + "'></i>" + escape(report.runs().get(i).name()) + "</span>").collect(Collectors.joining(" ")) + "</p>";
    }

    // ---- words --------------------------------------------------------------------------------------------------------

    private String notes() {
        return report.notes().isEmpty()
                ? ""
                : section("How to read this", "",
                        "<ul>" + each(report.notes(), note -> "<li>" + escape(note) + "</li>\n") + "</ul>");
    }

    private String facts() {
        return section("Settings and origin", "", each(report.facts(), ReportPage::facts));
    }

    private static String facts(Facts facts) {
        return "<details><summary>" + escape(facts.title()) + "</summary><dl>"
                + each(facts.entries().entrySet(), entry -> "<dt>" + escape(entry.getKey()) + "</dt><dd>"
                        + escape(entry.getValue()) + "</dd>\n")
                + "</dl></details>\n";
    }

    // ---- helpers ------------------------------------------------------------------------------------------------------

    /** @param lead HTML */
    static String section(String title, String lead, String content) {
        return "<section><h2>%s</h2>%s%s</section>\n".formatted(escape(title),
                lead.isEmpty() ? "" : "<p>" + lead + "</p>", content);
    }

    static <T> String each(Iterable<T> items, Function<T, String> html) {
        StringBuilder all = new StringBuilder();
        items.forEach(item -> all.append(html.apply(item)));
        return all.toString();
    }

    static String percent(Double fraction) {
        return fraction == null ? "–" : String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
