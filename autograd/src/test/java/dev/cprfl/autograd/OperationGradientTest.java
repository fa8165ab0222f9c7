package dev.cprfl.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

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

    @Test
    void everyOperationIsChecked() throws IOException, URISyntaxException {
        Set<String> checked = OperationChecks.all(backend).stream().map(check -> check.operation().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(checked).isEqualTo(operations());
    }

    /** The public classes of the package of operations. */
    private static Set<String> operations() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(Path.of(Relu.class.getResource("").toURI()))) {
            return files.map(file -> file.getFileName().toString().replace(".class", ""))
                    .filter(name -> !name.contains("$") && isPublic(Relu.class.getPackageName() + "." + name))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static boolean isPublic(String className) {
        try {
            return Modifier.isPublic(Class.forName(className).getModifiers());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
