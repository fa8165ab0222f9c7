package dev.cprfl.tests.golden;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cprfl.audit.golden.GoldenChecks;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Single operations, losses and optimizer steps with their gradients against PyTorch: the golden part of the audit. */
class OperationsGoldenTest {

    private static final List<Backend> OPENED = new ArrayList<>();

    @AfterAll
    static void closeBackends() {
        OPENED.forEach(Backend::close);
    }

    @TestFactory
    Stream<DynamicNode> agreeWithPyTorch() {
        return Backends.exact().stream().map(OperationsGoldenTest::tests);
    }

    private static DynamicNode tests(BackendProvider provider) {
        if (provider.obstacle() != null) {
            return dynamicTest(provider.name(), () -> abort(provider.name() + " cannot run: " + provider.obstacle()));
        }
        Backend backend = provider.open(2);
        OPENED.add(backend);
        return dynamicContainer(provider.name(),
                GoldenChecks.all(backend).stream().map(check -> dynamicTest(check.name(), check::verify)));
    }
}
