package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cprfl.audit.conformance.Cases;
import dev.cprfl.audit.conformance.ConformanceChecks;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operation of every backend on the class path against the reference; of a variant that rounds the factors of its products,
 * the products.
 */
class ConformanceTest {

    /** Methods of {@link Backend} that compute nothing. */
    private static final Set<String> NOT_OPERATIONS = Set.of("name", "describe", "memory", "freeze", "isDevice",
            "productEpsilon",
            "synchronize", "close");

    private static final List<ConformanceChecks> OPENED = new ArrayList<>();

    @AfterAll
    static void closeBackends() {
        OPENED.forEach(ConformanceChecks::close);
    }

    @Test
    void everyOperationHasCases() {
        Set<String> declared = Arrays.stream(Backend.class.getDeclaredMethods())
                .map(Method::getName)
                .filter(name -> !NOT_OPERATIONS.contains(name))
                .collect(Collectors.toSet());
        assertThat(Cases.all().stream().map(c -> c.operation).collect(Collectors.toSet())).isEqualTo(declared);
    }

    @TestFactory
    Stream<DynamicNode> everyBackendAgreesWithTheReference() {
        System.out.println("conformance with " + FloatVector.SPECIES_PREFERRED.length() + " float lanes");
        return Backends.variants().stream()
                .filter(provider -> !provider.name().equals("reference"))
                .map(ConformanceTest::judge);
    }

    private static DynamicNode judge(BackendProvider provider) {
        if (provider.obstacle() != null) {
            return dynamicTest(provider.name(), () -> abort(provider.name() + " not judged: " + provider.obstacle()));
        }
        ConformanceChecks checks = new ConformanceChecks(provider);
        OPENED.add(checks);
        return dynamicContainer(provider.name(),
                checks.all().stream().map(check -> dynamicTest(check.name(), check::verify)));
    }
}
