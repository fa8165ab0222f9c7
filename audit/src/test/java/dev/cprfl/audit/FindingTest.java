package dev.cprfl.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FindingTest {

    /** An error as large as its bound is allowed; what is no number is an error, however large the bound. */
    @ParameterizedTest
    @CsvSource({"0, 0, true", "1e-6, 1e-6, true", "1.0000001e-6, 1e-6, false", "4.9e-324, 0, false", "NaN, 1, false",
        "NaN, Infinity, false", "Infinity, 1, false", "0, NaN, false", "1, -1, false"})
    void theVerdict(double error, double bound, boolean passed) {
        Finding finding = Finding.of(error, bound, "here");
        assertThat(finding.passed()).isEqualTo(passed);
        if (passed) {
            assertThatCode(finding::verify).doesNotThrowAnyException();
        } else {
            assertThat(finding.failure()).isEqualTo("here: error " + error + ", allowed " + bound);
            assertThatThrownBy(finding::verify).isInstanceOf(AssertionError.class).hasMessage(finding.failure());
        }
    }

    @Test
    void aFailureIsWorseThanAnyNumber() {
        Finding failed = Finding.failed("broken");
        Finding near = Finding.of(1, 1, "near");
        assertThat(failed.worse(near)).isSameAs(failed);
        assertThat(near.worse(failed)).isSameAs(failed);
        assertThat(Finding.NONE.worse(failed)).isSameAs(failed);
        Finding noNumber = Finding.of(Double.NaN, 1, "NaN");
        assertThat(near.worse(noNumber)).isSameAs(noNumber);
        // Of two failures the first is told.
        assertThat(failed.worse(noNumber)).isSameAs(failed);
    }

    /** Not the larger error, but the one that takes more of its bound. */
    @Test
    void theNearerToItsBoundIsWorse() {
        Finding small = Finding.of(9e-7, 1e-6, "small");
        Finding large = Finding.of(1, 100, "large");
        assertThat(small.worse(large)).isSameAs(small);
        assertThat(large.worse(small)).isSameAs(small);
        assertThat(Finding.NONE.worse(large)).isSameAs(large);
        Finding exact = Finding.of(0, 0, "to the bit");
        assertThat(exact.worse(large)).isSameAs(large);
    }
}
