package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.audit.Audit;
import dev.cprfl.audit.Check;
import dev.cprfl.audit.Result;
import dev.cprfl.audit.conformance.ConformanceChecks;
import dev.cprfl.tests.RoundedBackend;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backend that rounds the factors of its products is judged by the format that it declares, and by no coarser one. */
class RoundedProductsTest {

    private static final Set<String> PRODUCTS = Set.of("gemm", "conv2d", "conv2dRelu", "conv2dBackwardInput",
            "conv2dBackwardWeight", "attention", "attentionBackward");
    /** Of so many cases one is judged, which saves time; not a multiple of the variants that a shape has. */
    private static final int EVERY = 7;

    @ParameterizedTest
    @CsvSource({"7, 0x1p-7", "10, 0x1p-10"})
    void passesWithTheEpsilonOfItsFormat(int bits, double declared) {
        List<Result> results = judged(bits, declared);
        assertThat(results).allSatisfy(result -> assertThat(result.worst().failure()).isNull());
        assertThat(operations(results)).containsExactlyInAnyOrderElementsOf(PRODUCTS);
    }

    @ParameterizedTest
    @CsvSource({"7, 0", "10, 0", "2, 0x1p-10"})
    void failsWithTheEpsilonOfAFinerOne(int bits, double declared) {
        List<Result> failed = judged(bits, declared).stream().filter(result -> !result.worst().passed()).toList();
        assertThat(operations(failed)).containsExactlyInAnyOrderElementsOf(PRODUCTS);
        assertThat(failed).allSatisfy(result -> assertThat(result.comparison()).endsWith("against the reference"));
    }

    /** What an exact backend has been judged for already is left out, not so where the backend calls itself exact. */
    @ParameterizedTest
    @CsvSource({"0x1p-7, true", "0, false"})
    void onlyProductsAreJudgedWhereTheyAreRounded(double declared, boolean onlyProducts) {
        try (ConformanceChecks checks = new ConformanceChecks(RoundedBackend.provider("rounded", 7, declared))) {
            Set<String> operations = checks.all().stream().map(Check::operation).collect(Collectors.toSet());
            assertThat(operations).containsAll(PRODUCTS);
            assertThat(PRODUCTS.containsAll(operations)).isEqualTo(onlyProducts);
        }
    }

    private static List<Result> judged(int bits, double declared) {
        try (ConformanceChecks checks = new ConformanceChecks(RoundedBackend.provider("rounded", bits, declared))) {
            List<Check> products = checks.all().stream().filter(check -> PRODUCTS.contains(check.operation())).toList();
            return Audit.run(IntStream.range(0, products.size()).filter(i -> i % EVERY == 0).mapToObj(products::get)
                    .toList(), _ -> {});
        }
    }

    private static Set<String> operations(List<Result> results) {
        return results.stream().map(Result::operation).collect(Collectors.toSet());
    }
}
