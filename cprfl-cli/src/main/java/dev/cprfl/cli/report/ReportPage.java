package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;

import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.cli.report.Report.Epoch;
import dev.cprfl.cli.report.Report.Example;
import dev.cprfl.cli.report.Report.Facts;
import dev.cprfl.cli.report.Report.Label;
import dev.cprfl.cli.report.Report.Run;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes a {@link Report} as one HTML page that needs nothing else: no script, no font, no request. */
public final class ReportPage {

    private static final List<String> GROUPS = List.of("total", "head", "medium", "tail");

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
                tiles() + comparison() + curves() + prompts() + classes() + examples() + notes() + facts());
    }

    // ---- numbers ------------------------------------------------------------------------------------------------------

    /** The model's mAP by group, large. */
    private String tiles() {
        Map<String, Double> means = report.runs().getFirst().meanAveragePrecision();
        return "<section class='tiles'>" + each(GROUPS, group -> """
                <div class="tile %s"><span>%s</span><b>%s</b><small>%s</small></div>
                """.formatted(group, group.equals("total") ? "mAP" : group, percent(means.get(group)), size(group)))
                + "</section>\n";
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
        boolean selected = report.runs().stream().flatMap(run -> run.epochs().stream())
                .anyMatch(epoch -> epoch.meanAveragePrecision() != null);
        String loss = "<figure>" + chart("Training loss", _ -> true, Epoch::loss)
                + "<figcaption>mean loss, of each run its own</figcaption></figure>";
        String map = "<figure>" + chart("mAP in percent", epoch -> epoch.meanAveragePrecision() != null,
                epoch -> 100 * epoch.meanAveragePrecision()) + "<figcaption>mAP, %</figcaption></figure>";
        return section("Training",
                "Loss on the training images" + (selected ? ", and mAP on the images that chose the weights," : "")
                        + " by epoch.",
                legend() + "<div class='charts'>" + loss + (selected ? map : "") + "</div>");
    }

    private String chart(String title, Predicate<Epoch> shown,
            Function<Epoch, Double> value) {
        return LineChart.draw(title, "epoch", report.runs().stream().map(run -> {
            List<Epoch> epochs = run.epochs().stream().filter(shown).toList();
            return new LineChart.Line(run.name(), epochs.stream().map(epoch -> (double) epoch.number()).toList(),
                    epochs.stream().map(value).toList());
        }).toList());
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

    private String classes() {
        boolean compared = report.runs().size() > 1;
        List<ClassRow> rows = report.classes().stream()
                .sorted(Comparator.comparingInt(ClassRow::trainImages).reversed()).toList();
        return section("Classes, the most frequent first",
                "The bar is the average precision" + (compared
                        ? " of " + escape(report.runs().getFirst().name()) + ", the mark that of "
                                + escape(report.runs().get(1).name())
                        : "")
                        + "; the number left of it counts the training images that show the class.",
                "<p class='legend'>" + each(GROUPS.subList(1, 4), group -> "<span><i class='" + group + "'></i>" + group
                        + "</span> ") + "</p><div class='bars'>" + each(rows, this::bar) + "</div>");
    }

    private String bar(ClassRow row) {
        Double own = row.averagePrecision().getFirst();
        Double other = row.averagePrecision().size() > 1 ? row.averagePrecision().get(1) : null;
        String mark = other == null
                ? ""
                : String.format(Locale.ROOT, "<u style='left:%.1f%%'></u>", 100 * other);
        String fill = own == null
                ? "<em>shown by no test image</em>"
                : String.format(Locale.ROOT, "<i class='%s' style='width:%.1f%%'></i>", escape(row.group()), 100 * own);
        return """
                <div class="bar" title="%s test images"><span>%s</span><span class="count">%d</span><div>%s%s</div><span class="count">%s</span></div>
                """
                .formatted(row.testImages(), escape(row.name()), row.trainImages(), fill, mark, percent(own));
    }

    // ---- pictures -----------------------------------------------------------------------------------------------------

    private String examples() {
        return report.examples().isEmpty()
                ? ""
                : section("Test images",
                        "Predicted labels with their probability, and where the model looked for them. "
                                + "<b class='right'>✓ right</b> <b class='wrong'>✗ wrong</b> <b class='missed'>○ missed</b>",
                        "<div class='examples'>" + each(report.examples(), ReportPage::example) + "</div>");
    }

    private static String example(Example example) {
        return """
                <article><div class="pictures">%s%s</div><p>%s</p></article>
                """.formatted(picture(example.picture(), example.name(), "image"),
                each(example.looks(), look -> picture(look.overlay(), example.name(), look.label())),
                each(example.labels(), ReportPage::label));
    }

    private static String picture(String url, String name, String caption) {
        return "<figure><img src='%s' alt='%s'><figcaption>%s</figcaption></figure>".formatted(url, escape(name),
                escape(caption));
    }

    private static String label(Label label) {
        String sign = switch (label.verdict()) {
            case RIGHT -> "✓";
            case WRONG -> "✗";
            case MISSED -> "○";
        };
        return "<b class='%s'>%s %s <small>%s</small></b> ".formatted(
                label.verdict().name().toLowerCase(Locale.ROOT), sign, escape(label.name()),
                percent(label.probability()) + " %");
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

    private static <T> String each(Iterable<T> items, Function<T, String> html) {
        StringBuilder all = new StringBuilder();
        items.forEach(item -> all.append(html.apply(item)));
        return all.toString();
    }

    private static String percent(Double fraction) {
        return fraction == null ? "–" : String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
