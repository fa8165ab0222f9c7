package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.cli.report.Report.Epoch;
import dev.cprfl.cli.report.Report.Example;
import dev.cprfl.cli.report.Report.Facts;
import dev.cprfl.cli.report.Report.GroupCalibration;
import dev.cprfl.cli.report.Report.Label;
import dev.cprfl.cli.report.Report.Look;
import dev.cprfl.cli.report.Report.Prompts;
import dev.cprfl.cli.report.Report.Pull;
import dev.cprfl.cli.report.Report.Run;
import dev.cprfl.cli.report.Report.Threshold;
import dev.cprfl.cli.report.Report.Thresholds;
import dev.cprfl.cli.report.Report.Verdict;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.evaluation.Bootstrap.Interval;
import dev.cprfl.model.evaluation.Calibration;
import dev.cprfl.model.evaluation.CoOccurrence;
import java.io.StringReader;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportPageTest {

    private static final String HOSTILE = "<script>alert('\"&')</script>";

    private static final List<String> GROUPS = List.of("head", "medium", "tail");
    private static final Map<String, Double> MAP = Map.of("total", 0.4);

    static Report report(String name) {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("total", 0.5);
        means.put("head", 0.75);
        means.put("medium", null);
        means.put("tail", 0.25);
        String picture = Html.dataUrl("image/png", ImageWriter.png(Image.blank(8, 8)));
        Calibration calibration = new Calibration(0.1,
                List.of(new Calibration.Bin(5, 0.2, 0.4), new Calibration.Bin(0, 0, 0)));
        Example example = new Example(name, 1.5, picture,
                List.of(new Label(name, 0.9, Verdict.RIGHT), new Label("b", 0.6, Verdict.WRONG),
                        new Label("c", 0.1, Verdict.MISSED)),
                List.of(new Look(name, picture, picture), new Look("no attention", null, picture)));
        return new Report(name, name,
                List.of(new Run(name, List.of(new Epoch(1, 2.5, 1e-4, Map.of()), new Epoch(2, 1.25, 2e-5, MAP)), means,
                        Map.of("total", new Interval(0.4, 0.6))),
                        new Run("other", List.of(new Epoch(1, 3, 1e-4, MAP), new Epoch(2, 2, 1e-5, MAP)), means,
                                Map.of())),
                List.of(new ClassRow(name, "tail", 4, 10, Arrays.asList(null, 0.5), null),
                        new ClassRow("often", "head", 400, 10, List.of(0.75, 0.5), new Interval(0.5, 0.875))),
                new Thresholds(name, List.of(new Threshold(name, "tail", 0.25, 0.5, 0.75),
                        new Threshold("often", "head", null, 0.5, null))),
                List.of(new GroupCalibration("total", calibration)),
                new CoOccurrence(new int[][]{{4, 2}, {2, 400}}, new int[]{0, 200}),
                new Prompts(List.of(name, "often"), List.of("tail", "head"), new double[][]{{1, 0, 2}, {0, 1, 0}},
                        new double[][]{{1, 1, 2}, {-1, 1, 0}},
                        List.of(new Pull(1, 2, 1, 0.5), new Pull(11, 1, 0, null))),
                List.of(example), List.of(example), List.of(name), List.of(new Facts(name, Map.of(name, name))));
    }

    /** A run alone with many classes, of which each third has no training image and each fifth no threshold. */
    static Report many(int classes) {
        Report few = report("a");
        List<ClassRow> rows = IntStream.range(0, classes).mapToObj(id -> new ClassRow("sports equipment " + id,
                GROUPS.get(id % 3), id % 3 == 0 ? 0 : 1000 / (id + 1), 10, List.of(0.5), new Interval(0.25, 0.75)))
                .toList();
        List<String> names = rows.stream().map(ClassRow::name).toList();
        List<String> groups = rows.stream().map(ClassRow::group).toList();
        int[][] together = new int[classes][classes];
        double[][] prompts = new double[classes][];
        for (int id = 0; id < classes; id++) {
            for (int other = 0; other < classes; other++) {
                together[id][other] = id % 3 == 0 || other % 3 == 0 ? 0 : 1 + (id == other ? 9 : (id * other) % 3);
            }
            prompts[id] = new double[]{Math.cos(id), Math.sin(0.1 * id), 5};
        }
        return new Report("many", "", List.of(few.runs().getFirst()), rows,
                new Thresholds("validation", IntStream.range(0, classes).mapToObj(id -> new Threshold(names.get(id),
                        groups.get(id), id % 5 == 0 ? null : 0.4, 0.5, id % 5 == 0 ? null : 0.6)).toList()),
                few.calibrations(), new CoOccurrence(together, new int[classes]),
                new Prompts(names, groups, prompts, prompts, few.prompts().pulls()), few.examples(), few.hardest(),
                few.notes(), few.facts());
    }

    @Test
    void manyClassesStayReadable() {
        String page = ReportPage.render(many(80));
        assertThat(page).contains("Left out: 16 of the 80 classes", "; 27 that no training image shows are left out",
                "names that would cover others are left out", "class='chart prompts many'",
                "from 0.").doesNotContain("NaN");
        // Names stand beside the matrix of few classes only, and are told in the title of each cell of many.
        assertThat(page).doesNotContain("text-anchor='end' x='-").contains("<title>sports equipment 1, sports");
        assertThat(ReportPage.render(many(20))).contains("class='chart prompts'", "Left out: 4 of the 20 classes");
    }

    @Test
    void oneImageIsNotCalledImages() {
        Report all = report("a");
        Report one = new Report("", "", all.runs(), all.classes(), null, List.of(),
                new CoOccurrence(new int[][]{{1, 1}, {1, 9}}, new int[]{0, 8}), null, List.of(), List.of(), List.of(),
                List.of());
        assertThat(ReportPage.render(one)).contains("<li>a: 1 image, 1 of them with often</li>");
    }

    @Test
    void everyTextIsEscaped() {
        String page = ReportPage.render(report(HOSTILE));
        assertThat(page).doesNotContain("<script")
                .contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;");
    }

    @Test
    void nothingIsRequestedFromElsewhere() {
        String page = ReportPage.render(report("a"));
        assertThat(page).doesNotContain("http", "url(", "@import", "<link", "<script");
        assertThat(page.split("src='", -1)).filteredOn(part -> part.startsWith("data:image/png;base64,"))
                .hasSize(2 * 4);
    }

    @Test
    void whatIsUnknownIsNotANumber() {
        String page = ReportPage.render(report("a"));
        assertThat(page).doesNotContain("NaN", "null").contains("shown by no test image", "–");
    }

    @Test
    void withoutAnySelectionThereIsNoCurveOfIt() {
        Report all = report("a");
        Run run = new Run("a", List.of(new Epoch(1, 2, 1, Map.of()), new Epoch(2, 1, 1, Map.of())), Map.of(), Map.of());
        assertThat(ReportPage.render(bare(run, all.facts())).split("<svg", -1)).hasSize(1 + 2); // loss, learning rate
        // Three curves, five pictures of the prompts, a calibration and the company.
        assertThat(ReportPage.render(all).split("<svg", -1)).hasSize(1 + 3 + 5 + 2);
    }

    /** What a run without a data set, or with a single epoch and nothing else, can tell. */
    @Test
    void whatThereIsNotIsLeftOut() {
        String page = ReportPage.render(bare(new Run("a", List.of(), Map.of(), Map.of()), List.of()));
        assertThat(page).doesNotContain("<svg", "null", "NaN", "<img").contains("Settings and origin");
    }

    private static Report bare(Run run, List<Facts> facts) {
        return new Report("a", "", List.of(run), List.of(), null, List.of(), null, null, List.of(), List.of(),
                List.of(),
                facts);
    }

    @Test
    void aRunAloneShowsItsGroups() {
        Run run = new Run("a", List.of(new Epoch(1, 2, 1, Map.of("total", 0.5, "tail", 0.25)),
                new Epoch(2, 1, 1, Map.of("total", 0.75, "tail", 0.5))), Map.of(), Map.of());
        assertThat(ReportPage.render(bare(run, List.of()))).contains("line total", "line tail");
    }

    @Test
    void intervalsThresholdsCalibrationAndCompanyAreShown() {
        String page = ReportPage.render(report("rare"));
        assertThat(page).contains("40.0 to 60.0; ", "<s style='left:50.0%;width:37.5%'></s>", "interval 50.0 to 87.5")
                .contains("<td>0.250</td><td>50.0</td><td>75.0</td>")
                .contains("all classes, ECE 10.00 %", "5 labels: probability 20.0 %, there 40.0 %")
                .contains("<li>rare: 4 images, 2 of them with often</li>", "fill-opacity='0.53'", "loss 1.50");
        assertThat(page.split("<tr><th>mean</th>", -1)[1]).startsWith("<td></td><td>50.0</td><td>75.0</td>");
    }

    /** The prompts of a run whose beginning nobody knows. */
    @Test
    void promptsWithoutABeginningHaveNoMovement() {
        Report all = report("a");
        Prompts p = all.prompts();
        String html = PromptSections.html(new Prompts(p.names(), p.groups(), null, p.after(), List.of()));
        assertThat(html).doesNotContain("before the training", "Where the prompts went").contains("after it");
    }

    @Test
    void smallNumbersAreReadable() {
        String svg = LineChart.draw("lr", "epoch",
                List.of(new LineChart.Line("lr", List.of(0.0, 10.0), List.of(0.0, 5e-5))));
        assertThat(svg).contains(">2E-5<", ">4E-5<", ">6E-5<");
    }

    @Test
    void frequentClassesComeFirst() {
        String page = ReportPage.render(report("rare"));
        assertThat(page.indexOf("<span>often</span>")).isPositive().isLessThan(page.indexOf("<span>rare</span>"));
    }

    @Test
    void theChartIsWellFormedAndHitsItsCorners() throws Exception {
        String svg = LineChart.draw("a < b", "step",
                List.of(new LineChart.Line("x & y", List.of(0.0, 10.0), List.of(0.0, 1.0))));
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(svg).contains("points='56.0,196.0 382.0,12.0'");
    }

    /** Zero stays in sight between positive and negative numbers. */
    @Test
    void aChartOfCosinesGoesBelowZero() {
        String svg = LineChart.draw("cosine", "step",
                List.of(new LineChart.Line("c", List.of(0.0, 10.0), List.of(-1.0, 1.0))));
        assertThat(svg).contains("points='56.0,196.0 382.0,12.0'").contains(">-1<", ">0<", ">1<", ">step<");
    }

    @Test
    void aChartWithoutNumbersIsEmpty() {
        assertThat(LineChart.draw("none", "step", List.of(new LineChart.Line("a", List.of(), List.of()))))
                .doesNotContain("NaN", "Infinity", "circle");
    }

    @Test
    void aHeatMapIsBrightWhereTheWeightIs() {
        Image over = HeatMap.overlay(Image.blank(20, 10), new float[]{0, 0, 1, 0}, 2, 2);
        assertThat(over.at(0, 9, 0)).isGreaterThan(130);
        assertThat(over.at(19, 0, 0)).isLessThan(20);
        Image none = HeatMap.overlay(Image.blank(4, 4), new float[4], 2, 2);
        assertThat(none.at(0, 0, 0)).isLessThan(20);
    }
}
