package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.report.AuditPage.Line;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditPageTest {

    private static final String HOSTILE = "<script>alert('\"&')</script>";

    /** @param operation one that failed */
    static String page(String operation) {
        return AuditPage.render("3 checks, of which 2 failed", List.of(
                new Line("softmax", "vector against the reference", 3, 2.5e-7, 1e-6, null),
                new Line(operation, "gradient against finite differences", 1, 0.5, 1e-6,
                        operation + ": derivative by x[3] is 0.5, should be 1.0, and_something_long_without_any_blank_"
                                + "so_that_it_has_to_be_broken_somewhere_or_other_on_a_narrow_window"),
                new Line("dbl elementwise DBloss-noFocal", "vector against the reference", 2, null, 0, "no number")));
    }

    @Test
    void aTableForEachComparison() {
        String page = page("matmul");
        assertThat(page.split("<table", -1)).hasSize(1 + 2);
        assertThat(page).containsSubsequence("What failed", "matmul", "dbl elementwise DBloss-noFocal",
                "vector against the reference", "2 operations, 1 of them", "softmax", "2.50e-07", "1.00e-06", "✓ ok",
                "–", "✗ failed", "no number", "gradient against finite differences", "1 operation, 1 of them",
                "should be 1.0").doesNotContain("NaN", "null");
    }

    @Test
    void everyTextIsEscaped() {
        String page = AuditPage.render(HOSTILE, List.of(new Line(HOSTILE, HOSTILE, 1, 1.0, 0, HOSTILE)));
        assertThat(page).doesNotContain("<script");
        assertThat(page.split("&lt;script&gt;alert\\(&#39;&quot;&amp;&#39;\\)&lt;/script&gt;", -1)).hasSize(1 + 6);
    }

    @Test
    void withoutAFailureNoneIsListed() {
        assertThat(AuditPage.render("", List.of(new Line("a", "b", 1, 0.0, 0, null))))
                .contains("<td>0</td><td>0</td>", "all right").doesNotContain("What failed", "✗");
    }
}
