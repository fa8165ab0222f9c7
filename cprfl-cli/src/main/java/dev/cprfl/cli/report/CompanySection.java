package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;
import static dev.cprfl.cli.report.ReportPage.each;
import static dev.cprfl.cli.report.ReportPage.section;

import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.model.evaluation.CoOccurrence;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The section of a report about the classes that training images show together. */
final class CompanySection {

    private static final int NAMES = 90;

    /** Up to so many classes have large cells and fit a phone; a matrix of more is scrolled there. */
    private static final int FEW = 25;

    private CompanySection() {}

    static String html(Report report) {
        List<ClassRow> rows = report.classes();
        CoOccurrence company = report.company();
        List<Integer> order = IntStream.range(0, rows.size()).filter(id -> company.together()[id][id] > 0).boxed()
                .sorted(Comparator.comparingInt((Integer id) -> -rows.get(id).trainImages())).toList();
        List<Integer> lonely = company.neverAlone().stream().filter(id -> rows.get(id).group().equals("tail")).toList();
        String sentence = lonely.isEmpty()
                ? "<p>Every tail class has at least one training image of its own.</p>"
                : "<p>Tail classes that never come alone, so that nothing but a comparison of images tells them from their "
                        + "company:</p><ul class='columns'>"
                        + each(lonely, id -> "<li>" + lonely(rows, company, id) + "</li>")
                        + "</ul>";
        return section("Company",
                "How many of the training images of the class on the left show the class above too: the stronger the colour, the more. "
                        + "Classes in the order of their frequency"
                        + (order.size() == rows.size()
                                ? "."
                                : "; " + (rows.size() - order.size()) + " that no training image shows are left out."),
                "<div class='scroll'>" + matrix(rows, company, order) + "</div>" + sentence);
    }

    private static String lonely(List<ClassRow> rows, CoOccurrence company, int id) {
        int most = IntStream.range(0, rows.size()).filter(other -> other != id).boxed()
                .max(Comparator.comparingInt((Integer other) -> company.together()[id][other])
                        .thenComparing(Comparator.reverseOrder()))
                .orElse(id);
        return String.format(Locale.ROOT, "%s: %s, %d of them with %s", escape(rows.get(id).name()),
                images(company.together()[id][id]), company.together()[id][most], escape(rows.get(most).name()));
    }

    private static String images(int count) {
        return count + (count == 1 ? " image" : " images");
    }

    private static String matrix(List<ClassRow> rows, CoOccurrence company, List<Integer> order) {
        int size = order.size();
        int cell = size <= FEW ? 16 : 11;
        int side = NAMES + size * cell;
        StringBuilder svg = new StringBuilder();
        svg.append("<rect class='field' x='%d' y='%1$d' width='%d' height='%2$d'/>%n".formatted(NAMES, size * cell));
        for (int i = 0; i < size; i++) {
            ClassRow row = rows.get(order.get(i));
            int middle = NAMES + i * cell + cell / 2 + 3;
            String name = escape(row.name());
            svg.append("<text class='%s' text-anchor='end' x='%d' y='%d'>%s</text>".formatted(escape(row.group()),
                    NAMES - 4, middle, name));
            svg.append("<text class='%s' transform='translate(%d %d) rotate(-90)'>%s</text>%n"
                    .formatted(escape(row.group()), middle, NAMES - 4, name));
            for (int j = 0; j < size; j++) {
                int a = order.get(i);
                int b = order.get(j);
                if (company.together()[a][b] > 0) {
                    svg.append(String.format(Locale.ROOT,
                            "<rect x='%d' y='%d' width='%d' height='%d' fill-opacity='%.2f'><title>%s: %s, %d with "
                                    + "%s</title></rect>",
                            NAMES + j * cell, NAMES + i * cell, cell - 1, cell - 1, 0.06 + 0.94 * company.given(a, b),
                            name,
                            images(company.together()[a][a]), company.together()[a][b], escape(rows.get(b).name())));
                }
            }
        }
        return "<svg class='company' width='%d' height='%1$d' style='min-width:%dpx' viewBox='0 0 %1$d %1$d' role='img' aria-label='Classes shown together'>%s</svg>"
                .formatted(side, size <= FEW ? 0 : side * 4 / 5, svg);
    }
}
