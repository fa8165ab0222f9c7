package dev.cprfl.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class AuditTest {

    private static Check check(String operation, String name, Finding... findings) {
        return new Check(operation, name, () -> {
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < findings.length; i++) {
                results.add(Result.of(operation, "comparison " + i, findings[i]));
            }
            return results;
        });
    }

    private static Check thrown(Supplier<List<Result>> work) {
        return new Check("op", "a case", work);
    }

    @Test
    void casesOfAnOperationAreOneLineForEachComparison() {
        Finding half = Finding.of(1, 2, "half");
        Finding tenth = Finding.of(1, 10, "tenth");
        Finding wrong = Finding.of(3, 2, "wrong");
        List<Integer> told = new ArrayList<>();
        List<Result> results = Audit.run(List.of(check("b", "1", tenth, half), check("a", "1", half),
                check("b", "2", half, wrong), check("b", "3", tenth)), told::add);
        assertThat(results).containsExactly(new Result("b", "comparison 0", 3, half),
                new Result("b", "comparison 1", 2, wrong), new Result("a", "comparison 0", 1, half));
        assertThat(told).containsExactly(1, 2, 3, 4);
    }

    @Test
    void nothingToCheckIsNoResult() {
        assertThat(Audit.run(List.of(), _ -> {})).isEmpty();
    }

    /** One that throws has failed under its name, and the next ones run. */
    @Test
    void whatThrowsHasFailed() {
        Finding half = Finding.of(1, 2, "half");
        List<Result> results = Audit.run(List.of(thrown(() -> {
            throw new IllegalStateException("no memory\nat all");
        }), thrown(() -> {
            throw new AssertionError();
        }), check("op", "2", half)), _ -> {});
        assertThat(results).hasSize(2);
        assertThat(results.getFirst().comparison()).isEqualTo("runs to its end");
        assertThat(results.getFirst().cases()).isEqualTo(2);
        assertThat(results.getFirst().worst().failure()).isEqualTo("a case: no memory\nat all");
        assertThat(results.getLast()).isEqualTo(new Result("op", "comparison 0", 1, half));
        assertThat(Audit.run(List.of(thrown(() -> {
            throw new AssertionError();
        })), _ -> {}).getFirst().worst().failure()).isEqualTo("a case: java.lang.AssertionError");
    }

    @Test
    void aCheckIsATestToo() {
        assertThatCode(check("op", "1", Finding.NONE, Finding.of(1, 1, "equal"))::verify).doesNotThrowAnyException();
        assertThatThrownBy(check("op", "2", Finding.NONE, Finding.of(Double.NaN, 1, "here"))::verify)
                .isInstanceOf(AssertionError.class).hasMessageContaining("here: error NaN");
    }
}
