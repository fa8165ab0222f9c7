package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cprfl.audit.conformance.Cases;
import dev.cprfl.audit.conformance.Judge;
import dev.cprfl.audit.conformance.OperationCase;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.reference.ReferenceBackend;
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

/** Every operation of every backend on the class path against the reference. */
class ConformanceTest {

    /** Methods of {@link Backend} that compute nothing. */
    private static final Set<String> NOT_OPERATIONS = Set.of("name", "describe", "memory", "close");

    private static final List<OperationCase> CASES = Cases.all();
    private static final List<Judge> JUDGES = new ArrayList<>();

    @AfterAll
    static void closeBackends() {
        JUDGES.forEach(Judge::close);
    }

    @Test
    void everyOperationHasCases() {
        Set<String> declared = Arrays.stream(Backend.class.getDeclaredMethods())
                .map(Method::getName)
                .filter(name -> !NOT_OPERATIONS.contains(name))
                .collect(Collectors.toSet());
        assertThat(CASES.stream().map(c -> c.operation).collect(Collectors.toSet())).isEqualTo(declared);
    }

    @TestFactory
    Stream<DynamicNode> everyBackendAgreesWithTheReference() {
        System.out.println("conformance with " + FloatVector.SPECIES_PREFERRED.length() + " float lanes");
        return Backends.providers().stream()
                .filter(provider -> !provider.name().equals("reference"))
                .map(ConformanceTest::judge);
    }

    private static DynamicNode judge(BackendProvider provider) {
        if (provider.obstacle() != null) {
            return dynamicTest(provider.name(), () -> abort(provider.name() + " not judged: " + provider.obstacle()));
        }
        Judge judge = new Judge(new ReferenceBackend(), provider::open);
        JUDGES.add(judge);
        return dynamicContainer(provider.name(), CASES.stream().map(c -> dynamicTest(c.label, () -> judge.judge(c))));
    }
}
