package dev.cprfl.audit.gradients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.audit.Audit;
import dev.cprfl.autograd.Tape;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.tensor.Tensor;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The derivative of some operations is broken in their source: the audit's gradient checks name these and no others. */
class BrokenTapeTest {

    private static final Path SOURCES = Path.of("../autograd/src/main/java/dev/cprfl/autograd/ops");

    private record Fault(String right, String wrong) {}

    /** A wrong sign, another draw, a part forgotten, a wrong place: all of them in the backward half. */
    private static final Map<String, Fault> FAULTS = Map.of(
            "Subtract", new Fault("scale(-1, dy", "scale(1, dy"),
            "Dropout", new Fault("dropout(p, seed, dy", "dropout(p, seed + 1, dy"),
            "Linear", new Fault("if (gradients.needs(bias))", "if (false)"),
            "Concat", new Fault("start += columns", "start += 0"));

    @TempDir
    private Path folder;

    /** Loaded again beside the broken operations. */
    public static final class Checks {

        private Checks() {}

        /** The operations whose gradients are wrong. */
        public static Set<String> failed() {
            Set<String> failed = new TreeSet<>();
            try (ReferenceBackend reference = new ReferenceBackend()) {
                Audit.run(GradientChecks.operations(reference), _ -> {}).stream()
                        .filter(result -> !result.worst().passed()).forEach(result -> failed.add(result.operation()));
            }
            return failed;
        }
    }

    @Test
    void justTheBrokenOperationsFail() throws Exception {
        List<URL> places = new ArrayList<>();
        for (Class<?> each : List.of(Checks.class, Audit.class, Cprfl.class, Tape.class, Tensor.class,
                ReferenceBackend.class)) {
            places.add(each.getProtectionDomain().getCodeSource().getLocation());
        }
        assertThat(failed(places)).isEmpty();
        compile(places);
        places.addFirst(folder.toUri().toURL());
        assertThat(failed(places)).isEqualTo(new TreeSet<>(FAULTS.keySet()));
    }

    private static Set<?> failed(List<URL> places) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(places.toArray(URL[]::new),
                ClassLoader.getPlatformClassLoader())) {
            return (Set<?>) loader.loadClass(Checks.class.getName()).getMethod("failed").invoke(null);
        }
    }

    /** Writes the broken operations' sources and compiles them. */
    private void compile(List<URL> places) throws Exception {
        String classPath = places.stream().map(URL::getPath).collect(Collectors.joining(File.pathSeparator));
        List<String> files = new ArrayList<>();
        for (Map.Entry<String, Fault> each : FAULTS.entrySet()) {
            String source = Files.readString(SOURCES.resolve(each.getKey() + ".java"));
            String right = each.getValue().right();
            assertThat(source.split(Pattern.quote(right), -1)).as(each.getKey()).hasSize(2);
            files.add(Files.writeString(folder.resolve(each.getKey() + ".java"),
                    source.replace(right, each.getValue().wrong())).toString());
        }
        int code = ToolProvider.getSystemJavaCompiler().run(null, null, null,
                Stream.concat(Stream.of("-d", folder.toString(), "-cp", classPath, "--release", "25"), files.stream())
                        .toArray(String[]::new));
        assertThat(code).isZero();
    }
}
