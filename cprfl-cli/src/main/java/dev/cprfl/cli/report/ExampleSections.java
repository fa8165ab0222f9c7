package dev.cprfl.cli.report;

import static dev.cprfl.cli.report.Html.escape;
import static dev.cprfl.cli.report.ReportPage.each;
import static dev.cprfl.cli.report.ReportPage.percent;
import static dev.cprfl.cli.report.ReportPage.section;

import dev.cprfl.cli.report.Report.Example;
import dev.cprfl.cli.report.Report.Label;
import dev.cprfl.cli.report.Report.Look;
import java.util.List;
import java.util.Locale;

/** The sections of a report that show images. */
final class ExampleSections {

    private static final String SIGNS = "<span class='signs'><b class='right'>✓ right</b> <b class='wrong'>✗ wrong</b> "
            + "<b class='missed'>○ missed</b></span>";

    private ExampleSections() {}

    static String html(Report report) {
        return show("Test images",
                "The first ones, as they come. Predicted labels with their probability, and for some of "
                        + "them what speaks for the label: " + maps(report.examples()) + " " + SIGNS,
                report.examples())
                + show("Hardest images",
                        "The test images with the highest loss (binary cross-entropy, the mean over the "
                                + "classes). Wrong labels come first, the surest first, then what was missed. " + SIGNS,
                        report.hardest());
    }

    private static String maps(List<Example> examples) {
        boolean attention = examples.stream().flatMap(example -> example.looks().stream())
                .anyMatch(look -> look.attention() != null);
        String gradCam = "Grad-CAM, which asks the gradient where the feature map speaks for the label. The brightest "
                + "place of each map is its largest; bright all over is alike all over.";
        return attention ? "above, where its prompt looked (attention); below, " + gradCam : gradCam;
    }

    private static String show(String title, String lead, List<Example> examples) {
        return examples.isEmpty()
                ? ""
                : section(title, lead, "<div class='examples'>" + each(examples, ExampleSections::example) + "</div>");
    }

    private static String example(Example example) {
        return """
                <article><div class="pictures"><figure><img src='%s' alt='%s'><figcaption>%s%s</figcaption></figure>%s</div><p>%s</p></article>
                """
                .formatted(example.picture(), escape(example.name()), escape(shortName(example.name())),
                        example.loss() == null
                                ? ""
                                : String.format(Locale.ROOT, " <span>loss %.2f</span>", example.loss()),
                        each(example.looks(), look -> look(look, example.name())),
                        each(example.labels(), ExampleSections::label));
    }

    /** The file of a path, without the ending of a photo. */
    private static String shortName(String name) {
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
                .replaceFirst("(?i)\\.(jpe?g|png)$", "");
    }

    private static String look(Look look, String name) {
        return "<figure>"
                + (look.attention() == null ? "" : image(look.attention(), "attention of " + look.label(), name))
                + image(look.gradCam(), "Grad-CAM of " + look.label(), name) + "<figcaption>" + escape(look.label())
                + "</figcaption></figure>";
    }

    private static String image(String url, String what, String name) {
        return "<img src='%s' alt='%s in %s'>".formatted(url, escape(what), escape(name));
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
}
