package dev.cprfl.autograd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.commons.support.ReflectionSupport;

class OperationGradientTest {

    private static final double TOLERANCE = 1e-6;

    private final ReferenceBackend backend = new ReferenceBackend();

    @TestFactory
    Stream<DynamicTest> agreesWithFiniteDifferences() {
        return OperationChecks.all(backend).stream()
                .map(check -> DynamicTest.dynamicTest(check.operation().getSimpleName() + " " + check.name(), () -> {
                    GradCheck.Result worst = check.run();
                    assertThat(worst.error()).as(worst.toString()).isLessThan(TOLERANCE);
                }));
    }

    /** A backward half skips what is not needed; what is needed must not change by that, and nothing may leak. */
    @TestFactory
    Stream<DynamicTest> frozenInputsDoNotChangeTheOtherGradients() {
        return OperationChecks.all(backend).stream()
                .map(check -> DynamicTest.dynamicTest(check.operation().getSimpleName() + " " + check.name(),
                        () -> check.leaves().forEach((name, leaf) -> {
                            double[] all = gradient(check, leaf);
                            check.leaves().values().forEach(other -> other.requiresGrad(false));
                            leaf.requiresGrad(true);
                            double[] alone = gradient(check, leaf);
                            check.leaves().values().forEach(other -> other.requiresGrad(true));
                            assertThat(alone).as(name).isEqualTo(all);
                        })));
    }

    private double[] gradient(OperationChecks.Check check, Variable leaf) {
        long before = backend.memory().bytesHeld();
        try (Tape tape = Tape.start()) {
            Variable loss = SumAll.apply(check.function().get());
            Gradients gradients = tape.backward(loss);
            double[] gradient = gradients.get(leaf).toDoubles();
            gradients.release();
            loss.value().release();
            assertThat(backend.memory().bytesHeld()).as("bytes held").isEqualTo(before);
            return gradient;
        }
    }

    @Test
    void everyOperationIsChecked() {
        Set<String> checked = OperationChecks.all(backend).stream().map(check -> check.operation().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(checked).isEqualTo(operations());
    }

    /** The public classes of the package of operations. */
    private static Set<String> operations() {
        return ReflectionSupport
                .streamAllClassesInPackage(Relu.class.getPackageName(), each -> Modifier.isPublic(each.getModifiers()),
                        _ -> true)
                .filter(each -> each.getPackage() == Relu.class.getPackage() && !each.isMemberClass())
                .map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    }
}
