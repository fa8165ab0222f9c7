package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;
import static dev.cprfl.cli.report.ReportPage.each;
import static dev.cprfl.cli.report.ReportPage.percent;
import static dev.cprfl.cli.report.ReportPage.section;

import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.cli.report.Report.GroupCalibration;
import dev.cprfl.cli.report.Report.Run;
import dev.cprfl.cli.report.Report.Threshold;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The sections of a report that go through the classes: average precision, thresholds, calibration, company. */
final class ClassSections {

    private static final List<String> GROUPS = List.of("head", "medium", "tail");

    private final Report report;
    private final List<ClassRow> rows;

    private ClassSections(Report report) {
        this.report = report;
        rows = report.classes().stream().sorted(Comparator.comparingInt(ClassRow::trainImages).reversed()).toList();
    }

    static String html(Report report) {
        ClassSections sections = new ClassSections(report);
        return (report.classes().isEmpty() ? "" : sections.averagePrecisions()) + sections.calibration()
                + sections.thresholds() + (report.company() == null ? "" : CompanySection.html(report));
    }

    // ---- average precision --------------------------------------------------------------------------------------------

    private String averagePrecisions() {
        List<Run> runs = report.runs();
        boolean intervals = rows.stream().anyMatch(row -> row.interval() != null);
        return section("Classes, the most frequent first",
                "The bar is the average precision" + (runs.size() > 1
                        ? " of " + escape(runs.getFirst().name()) + ", the mark that of " + escape(runs.get(1).name())
                        : "")
                        + "; the number left of it counts the training images that show the class."
                        + (intervals
                                ? " The thin line is the 95 % interval of a bootstrap over the test images: how far the "
                                        + "number would move with other images of the same kind, not with another training."
                                : ""),
                "<div class='bars'>" + each(GROUPS, this::group) + "</div>");
    }

    private String group(String group) {
        List<ClassRow> members = rows.stream().filter(row -> row.group().equals(group)).toList();
        Double mean = report.runs().getFirst().meanAveragePrecision().get(group);
        return members.isEmpty()
                ? ""
                : "<h3 class='" + group + "'>" + group + " <small>mean " + percent(mean) + "</small></h3>"
                        + each(members, ClassSections::bar);
    }

    private static String bar(ClassRow row) {
        Double own = row.averagePrecision().getFirst();
        Double other = row.averagePrecision().size() > 1 ? row.averagePrecision().get(1) : null;
        String mark = other == null
                ? ""
                : String.format(Locale.ROOT, "<u style='left:%.1f%%'></u>", 100 * other);
        String whisker = row.interval() == null
                ? ""
                : String.format(Locale.ROOT, "<s style='left:%.1f%%;width:%.1f%%'></s>", 100 * row.interval().low(),
                        100 * (row.interval().high() - row.interval().low()));
        String fill = own == null
                ? "<em>shown by no test image</em>"
                : String.format(Locale.ROOT, "<i class='%s' style='width:%.1f%%'></i>", escape(row.group()), 100 * own);
        String range = row.interval() == null
                ? ""
                : ", interval " + percent(row.interval().low()) + " to " + percent(row.interval().high());
        return """
                <div class="bar" title="%s test images%s"><span>%s</span><span class="count">%d</span><div>%s%s%s</div><span class="count">%s</span></div>
                """
                .formatted(row.testImages(), range, escape(row.name()), row.trainImages(), fill, whisker, mark,
                        percent(own));
    }

    // ---- probabilities ------------------------------------------------------------------------------------------------

    private String calibration() {
        return report.calibrations().isEmpty()
                ? ""
                : section("Do the probabilities mean what they say?",
                        "Of all labels given a probability near p, the part p should be there. A dot on the diagonal says so, one "
                                + "below it that the model was too sure, one above that it was not sure enough; the larger the "
                                + "dot, the more labels. ECE, the expected calibration error, is the mean distance from the "
                                + "diagonal over all labels, most of which are absent and have a low probability.",
                        "<div class='charts small'>" + each(report.calibrations(), ClassSections::reliability)
                                + "</div>");
    }

    private static String reliability(GroupCalibration one) {
        return "<figure>" + ReliabilityChart.draw(one.group(), one.calibration()) + "<figcaption>"
                + (one.group().equals("total") ? "all classes" : one.group()) + ", ECE "
                + String.format(Locale.ROOT, "%.2f %%", 100 * one.calibration().error()) + "</figcaption></figure>";
    }

    private String thresholds() {
        if (report.thresholds() == null) {
            return "";
        }
        List<Threshold> all = report.thresholds().rows();
        List<Threshold> chosen = IntStream.range(0, all.size()).boxed()
                .sorted(Comparator.comparingInt((Integer id) -> -report.classes().get(id).trainImages())).map(all::get)
                .filter(row -> row.threshold() != null).toList();
        int without = all.size() - chosen.size();
        return section("Best threshold of each class",
                "From which probability on a class is best called present, by F1 on "
                        + escape(report.thresholds().chosenOn())
                        + "; the two columns of F1, in percent, are measured on the test images, which chose nothing."
                        + (without == 0
                                ? ""
                                : " Left out: " + without + " of the " + all.size()
                                        + " classes, which none of the images that choose shows."),
                "<div class='scroll'><table class='dense'><tr><th>class</th><th>threshold</th><th>F1 at 0.5</th>"
                        + "<th>F1 there</th></tr>" + each(chosen, ClassSections::threshold)
                        + "<tr><th>mean</th><td></td><td>" + percent(mean(all, Threshold::usual)) + "</td><td>"
                        + percent(mean(all, Threshold::chosen)) + "</td></tr></table></div>");
    }

    private static String threshold(Threshold row) {
        return "<tr><th class='%s'>%s</th><td>%s</td><td>%s</td><td>%s</td></tr>%n".formatted(escape(row.group()),
                escape(row.name()), String.format(Locale.ROOT, "%.3f", row.threshold()),
                percent(row.usual()), percent(row.chosen()));
    }

    /** Over the classes that have both numbers, so that the two means compare. */
    private static Double mean(List<Threshold> all, Function<Threshold, Double> value) {
        List<Double> known = all.stream().filter(row -> row.usual() != null && row.chosen() != null).map(value)
                .filter(Objects::nonNull).toList();
        return known.isEmpty() ? null : known.stream().mapToDouble(x -> x).average().getAsDouble();
    }
}
