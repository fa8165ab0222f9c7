package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.golden.NetworkChecks;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tests.RoundedBackend;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whole networks against PyTorch and the authors' code: the golden part of the audit that takes several modules. */
class NetworksGoldenTest {

    @TestFactory
    Stream<DynamicNode> agreeWithPyTorch() {
        return Backends.exactHere().stream()
                .map(name -> tests(name, Backends.open(name, 0), NetworkChecks::all));
    }

    /** Those of this machine that round, and two that act as if they did. */
    @TestFactory
    Stream<DynamicNode> roundedStayNearTheTruth() {
        List<String> exact = Backends.exactHere();
        Stream<BackendProvider> own = Backends.variants().stream()
                .filter(provider -> provider.obstacle() == null && !exact.contains(provider.name()));
        return Stream.concat(Stream.of(RoundedBackend.provider("factors in TF32", 10, 0x1p-10),
                RoundedBackend.provider("factors in bfloat16", 7, 0x1p-7)), own)
                .map(provider -> tests(provider.name(), provider.open(2), NetworkChecks::rounded));
    }

    /** The bounds of rounded networks would see products that are coarser than declared. */
    @Test
    void coarserProductsThanDeclaredAreFound() {
        try (Backend coarse = RoundedBackend.provider("coarse", 5, 0x1p-10).open(2)) {
            assertThat(NetworkChecks.rounded(coarse)).isNotEmpty()
                    .allSatisfy(check -> assertThat(check.work().get())
                            .anySatisfy(result -> assertThat(result.worst().passed()).isFalse()));
        }
    }

    private static DynamicNode tests(String name, Backend backend, Function<Backend, List<Check>> checks) {
        List<DynamicNode> tests = checks.apply(backend).stream()
                .map(check -> (DynamicNode) dynamicTest(check.name(), check::verify)).toList();
        assertThat(tests).isNotEmpty();
        return dynamicContainer(name, Stream.concat(tests.stream(), Stream.of(dynamicTest("close", backend::close))));
    }
}
