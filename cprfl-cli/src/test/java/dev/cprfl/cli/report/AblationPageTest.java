package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.report.AblationPage.Cell;
import dev.cprfl.cli.report.AblationPage.Line;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AblationPageTest {

    static String page(String variant) {
        return AblationPage.render("Ablation", "mean and standard deviation", List.of(
                new Line("cprfl", "the method", 3, Collections.nCopies(4, new Cell(0.855, 0.012))),
                new Line(variant, null, 3, Collections.nCopies(4, new Cell(0.555, 0.1))),
                new Line("one seed", "about", 1, Collections.nCopies(4, new Cell(0.9, null))),
                new Line("no class", "about", 1, Collections.nCopies(4, new Cell(null, null)))));
    }

    @Test
    void eachVariantBesideTheFirst() {
        assertThat(page("other")).contains("<td>85.5 <small>± 1.2</small></td>",
                "<td>55.5 <small>± 10.0</small> <small>(-30.0)</small></td>", "<td>90.0 <small>(+4.5)</small></td>",
                "<td>–</td>").doesNotContain("NaN", "null");
    }

    @Test
    void everyTextIsEscaped() {
        assertThat(page("<script>'\"&")).doesNotContain("<script").contains("&lt;script&gt;&#39;&quot;&amp;");
    }
}
