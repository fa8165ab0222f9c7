package dev.cprfl.tests.golden;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cprfl.audit.golden.GoldenCase;
import dev.cprfl.audit.golden.Workbench;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;

/** Golden cases as tests, one for each backend on the class path. */
final class EveryBackend {

    private EveryBackend() {}

    /** @param compute fills the workbench with the results of its case */
    static Stream<DynamicNode> runs(List<GoldenCase> cases, Consumer<Workbench> compute) {
        return Backends.exact().stream()
                .map(provider -> dynamicContainer(provider.name(),
                        cases.stream().map(c -> dynamicTest(c.name(), () -> run(provider, c, compute)))));
    }

    private static void run(BackendProvider provider, GoldenCase golden, Consumer<Workbench> compute) {
        if (provider.obstacle() != null) {
            abort(provider.name() + " cannot run: " + provider.obstacle());
        }
        try (Backend backend = provider.open(2)) {
            Workbench workbench = new Workbench(backend, golden);
            compute.accept(workbench);
            golden.check(workbench.results(), provider.name().equals("reference")).verify();
        }
    }
}
