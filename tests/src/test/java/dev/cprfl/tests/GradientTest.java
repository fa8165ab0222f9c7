package dev.cprfl.tests;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.gradients.GradientChecks;
import dev.cprfl.audit.gradients.NetworkGradients;
import dev.cprfl.audit.network.NetworkThreads;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Losses and the whole network against finite differences; the module autograd tests its operations itself. */
class GradientTest {

    private final Backend reference = Backends.open("reference", 1);

    @AfterEach
    void close() {
        reference.close();
    }

    @TestFactory
    Stream<DynamicTest> losses() {
        return tests(GradientChecks.losses(reference));
    }

    @TestFactory
    Stream<DynamicTest> network() {
        return tests(NetworkGradients.all(reference));
    }

    @TestFactory
    Stream<DynamicTest> networkOnManyThreads() {
        return Backends.variants().stream().filter(provider -> provider.obstacle() == null)
                .flatMap(provider -> tests(NetworkThreads.all(provider)));
    }

    private static Stream<DynamicTest> tests(List<Check> checks) {
        return checks.stream()
                .map(check -> DynamicTest.dynamicTest(check.operation() + " " + check.name(), check::verify));
    }
}
