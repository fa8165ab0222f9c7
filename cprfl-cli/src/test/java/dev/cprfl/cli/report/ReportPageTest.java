package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.report.Report.ClassRow;
import dev.cprfl.cli.report.Report.Epoch;
import dev.cprfl.cli.report.Report.Example;
import dev.cprfl.cli.report.Report.Facts;
import dev.cprfl.cli.report.Report.Label;
import dev.cprfl.cli.report.Report.Look;
import dev.cprfl.cli.report.Report.Prompts;
import dev.cprfl.cli.report.Report.Pull;
import dev.cprfl.cli.report.Report.Run;
import dev.cprfl.cli.report.Report.Verdict;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import java.io.StringReader;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportPageTest {

    private static final String HOSTILE = "<script>alert('\"&')</script>";

    private static Report report(String name) {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put("total", 0.5);
        means.put("head", 0.75);
        means.put("medium", null);
        means.put("tail", 0.25);
        String picture = Html.dataUrl("image/png", ImageWriter.png(Image.blank(8, 8)));
        return new Report(name, name,
                List.of(new Run(name, List.of(new Epoch(1, 2.5, null), new Epoch(2, 1.25, 0.4)), means),
                        new Run("other", List.of(new Epoch(1, 3, 0.1), new Epoch(2, 2, 0.2)), means)),
                List.of(new ClassRow(name, "tail", 4, 10, Arrays.asList(null, 0.5)),
                        new ClassRow("often", "head", 400, 10, List.of(0.75, 0.5))),
                new Prompts(List.of(name, "often"), List.of("tail", "head"), new double[][]{{1, 0, 2}, {0, 1, 0}},
                        new double[][]{{1, 1, 2}, {-1, 1, 0}},
                        List.of(new Pull(1, 2, 1, 0.5), new Pull(11, 1, 0, null))),
                List.of(new Example(name, picture,
                        List.of(new Label(name, 0.9, Verdict.RIGHT), new Label("b", 0.6, Verdict.WRONG),
                                new Label("c", 0.1, Verdict.MISSED)),
                        List.of(new Look(name, picture)))),
                List.of(name), List.of(new Facts(name, Map.of(name, name))));
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
        assertThat(page.split("src='", -1)).filteredOn(part -> part.startsWith("data:image/png;base64,")).hasSize(2);
    }

    @Test
    void whatIsUnknownIsNotANumber() {
        String page = ReportPage.render(report("a"));
        assertThat(page).doesNotContain("NaN", "null").contains("shown by no test image", "–");
    }

    @Test
    void withoutAnySelectionThereIsNoCurveOfIt() {
        Report all = report("a");
        List<Run> runs = List.of(new Run("a", List.of(new Epoch(1, 2, null), new Epoch(2, 1, null)), Map.of()));
        String page = ReportPage.render(new Report("a", "", runs, List.of(), null, List.of(), List.of(), all.facts()));
        assertThat(page.split("<svg", -1)).hasSize(2);
        assertThat(ReportPage.render(all).split("<svg", -1)).hasSize(3 + 5); // five of the prompts
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
        assertThat(svg).contains("points='44.0,196.0 388.0,12.0'");
    }

    /** Zero stays in sight between positive and negative numbers. */
    @Test
    void aChartOfCosinesGoesBelowZero() {
        String svg = LineChart.draw("cosine", "step",
                List.of(new LineChart.Line("c", List.of(0.0, 10.0), List.of(-1.0, 1.0))));
        assertThat(svg).contains("points='44.0,196.0 388.0,12.0'").contains(">-1<", ">0<", ">1<", ">step<");
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
