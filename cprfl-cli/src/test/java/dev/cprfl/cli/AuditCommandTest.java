package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.kernels.vector.VectorBackendProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The audit passes what is right, and fails what is wrong by name: a derivative, a forward pass, threads that disagree. */
class AuditCommandTest {

    @TempDir
    private Path folder;

    /** What a wrong backend does after the right one has computed. */
    public interface Fault {
        void after(Backend right, int threads, String method, Object[] arguments);
    }

    /** A provider that stands in the place of ours and opens a backend with a fault. */
    public abstract static class Wrong extends StandInProvider {

        private final Fault fault;

        Wrong(String name, Fault fault) {
            super(name);
            this.fault = fault;
        }

        @Override
        public Backend open(int threads) {
            Backend right = name().equals("vector")
                    ? new VectorBackendProvider().open(threads)
                    : new ReferenceBackend();
            return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                    (proxy, method, arguments) -> {
                        try {
                            Object result = method.invoke(right, arguments);
                            fault.after(right, threads, method.getName(), arguments);
                            return result;
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    /** A derivative of GELU that is too large by a thousandth. */
    public static final class WrongDerivative extends Wrong {

        public WrongDerivative() {
            super("reference", (right, threads, method, arguments) -> {
                if (method.equals("unaryBackward") && arguments[0] == UnaryOp.GELU) {
                    Storage dx = (Storage) arguments[4];
                    right.scale(1.001, dx, dx);
                }
            });
        }
    }

    /** A softmax that is too large by a ten-thousandth. */
    public static final class WrongForward extends Wrong {

        public WrongForward() {
            super("vector", (right, threads, method, arguments) -> {
                if (method.equals("softmax")) {
                    Storage y = ((Storage) arguments[2]).slice(0, ((RowShape) arguments[0]).length());
                    right.scale(1.0001, y, y);
                }
            });
        }
    }

    /** Sums that depend on the number of threads, in the last bit. */
    public static final class WrongThreads extends Wrong {

        public WrongThreads() {
            super("vector", (right, threads, method, arguments) -> {
                if (method.equals("sum") && threads == 3) {
                    Storage y = (Storage) arguments[2];
                    right.scale(1 + 0x1p-23, y, y);
                }
            });
        }
    }

    /** A softmax that is no number. */
    public static final class NotANumber extends Wrong {

        public NotANumber() {
            super("vector", (right, threads, method, arguments) -> {
                if (method.equals("softmax")) {
                    right.fill(Double.NaN, (Storage) arguments[2]);
                }
            });
        }
    }

    /** A softmax that gives up, with a message of two lines and all that files have to escape. */
    public static final class GivesUp extends Wrong {

        public GivesUp() {
            super("vector", (right, threads, method, arguments) -> {
                if (method.equals("softmax")) {
                    throw new IllegalStateException("no \"memory\" <left>\nat all");
                }
            });
        }
    }

    /** A device with two precisions that can run, and one that cannot. */
    public static final class Device extends StandInProvider {

        public Device() {
            super("device");
        }

        @Override
        public List<String> variants() {
            return List.of("coarse", "newest", "exact");
        }

        @Override
        public String exactVariant() {
            return "exact";
        }

        @Override
        public String obstacle(String variant) {
            return variant.equals("newest") ? "the device is too old" : null;
        }

        @Override
        public Backend open(int threads) {
            return open(threads, "coarse");
        }

        @Override
        public Backend open(int threads, String variant) {
            Backend right = new VectorBackendProvider().open(threads);
            return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                    (proxy, method, arguments) -> {
                        try {
                            return switch (method.getName()) {
                                case "name" -> "device:" + variant;
                                case "isDevice" -> true;
                                case "productEpsilon" -> variant.equals("coarse") ? 0x1p-7 : 0.0;
                                default -> method.invoke(right, arguments);
                            };
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    private static String ours(String backend) {
        return Backends.providers().stream().filter(provider -> provider.name().equals(backend)).findFirst()
                .orElseThrow().getClass().getName();
    }

    /** "operation: comparison" of the results that failed. */
    private static Set<String> failures(CommandRun run) {
        JsonNode outcome = new JsonMapper().readTree(run.out());
        Set<String> failed = new TreeSet<>();
        outcome.get("results").forEach(result -> {
            if (!result.get("failure").isNull()) {
                failed.add(result.get("operation").asString() + ": " + result.get("comparison").asString());
            }
        });
        assertThat(outcome.get("failed").asInt()).isEqualTo(failed.size());
        assertThat(outcome.get("passed").asBoolean()).isEqualTo(failed.isEmpty());
        return failed;
    }

    @Test
    void whatIsRightPassesAndIsCompared() throws IOException {
        Path page = folder.resolve("audit.html");
        CommandRun run = CommandRun.of("audit", "--only", "gelu", "--json", "--html", page);
        assertThat(failures(run)).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("gradient against finite differences", "vector against PyTorch",
                "reference on the tape against PyTorch");
        assertThat(Files.readString(page)).contains("<table", "gelu_erf", "✓ ok").doesNotContain("failed", "<script");
        CommandRun text = CommandRun.of("audit", "--only", "maxPool2d", "--backend", "vector");
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out()).contains("maxPool2dBackward", "vector against the reference",
                "vector, 2, 3 and 7 threads against 1", "all passed").doesNotContain("FAILED");
    }

    @Test
    void aWrongDerivativeIsNamed() throws IOException {
        CommandRun run = CommandRun.on(folder, List.of(WrongDerivative.class.getName(), ours("vector")), "audit",
                "--only", "gelu",
                "--json");
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).containsExactlyInAnyOrder("Gelu: gradient against finite differences",
                "gelu_erf: reference against PyTorch", "gelu_erf: reference on the tape against PyTorch");
        assertThat(run.err().lines().reduce("", (_, line) -> line)).contains("failed", "Gelu", "derivative");
    }

    /** Of whole networks too, against the stored results of the authors' code. */
    @Test
    void aWrongDerivativeInANetworkIsNamed() throws IOException {
        CommandRun run = CommandRun.on(folder, List.of(WrongDerivative.class.getName()), "audit", "--backend",
                "reference", "--only", "network VSI", "--json");
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).containsExactly("network VSI: reference against PyTorch");
        assertThat(run.err()).contains("vsi_d", "largest difference");
        CommandRun right = CommandRun.of("audit", "--only", "network VSI", "--json");
        assertThat(failures(right)).isEmpty();
        assertThat(right.out()).contains("vector against PyTorch", "reference against PyTorch");
    }

    @Test
    void aWrongForwardIsNamed() throws IOException {
        Path page = folder.resolve("audit.html");
        CommandRun run = CommandRun.on(folder, List.of(ours("reference"), WrongForward.class.getName()), "audit",
                "--only", "softmax",
                "--json", "--html", page);
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).contains("softmax: vector against the reference", "softmax: vector against PyTorch",
                "softmax: vector on the tape against PyTorch")
                .doesNotContain("softmaxBackward: vector against the reference");
        assertThat(Files.readString(page)).contains("✗ failed");
    }

    /** It fails whatever the bound, and JSON has no number for it. */
    @Test
    void whatIsNoNumberFails() throws IOException {
        Path page = folder.resolve("audit.html");
        CommandRun run = CommandRun.on(folder, List.of(ours("reference"), NotANumber.class.getName()), "audit",
                "--only", "softmax", "--json", "--html", page);
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).contains("softmax: vector against PyTorch");
        assertThat(run.out()).contains("\"error\":null").doesNotContain(":NaN");
        assertThat(Files.readString(page)).contains("✗ failed", "<td>–</td>");
    }

    /** The others are made all the same, and what was said stands in one line. */
    @Test
    void whatThrowsFailsAndIsQuoted() throws IOException {
        Path page = folder.resolve("audit.html");
        CommandRun run = CommandRun.on(folder, List.of(ours("reference"), GivesUp.class.getName()), "audit", "--only",
                "softmax", "--json", "--html", page);
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).contains("softmax: runs to its end")
                .doesNotContain("softmaxBackward: vector against the reference",
                        "Softmax: gradient against finite differences");
        assertThat(run.out()).hasLineCount(1).contains("no \\\"memory\\\" <left>").doesNotContain("at all");
        assertThat(Files.readString(page)).contains("no &quot;memory&quot; &lt;left&gt;").doesNotContain("<left>");
    }

    @Test
    void threadsThatDisagreeAreNamed() throws IOException {
        CommandRun run = CommandRun.on(folder, List.of(ours("reference"), WrongThreads.class.getName()), "audit",
                "--only", "sum",
                "--json", "--threads", "1");
        assertThat(run.exitCode()).isEqualTo(Main.FAILED);
        assertThat(failures(run)).contains("sum: vector, 2, 3 and 7 threads against 1")
                .doesNotContain("sum: vector against the reference", "sum: vector against PyTorch");
    }

    @Test
    void everyPrecisionOfADeviceIsJudgedAsItNeeds() throws IOException {
        List<String> providers = List.of(ours("reference"), Device.class.getName());
        CommandRun all = CommandRun.on(folder, providers, "audit", "--only", "softmax", "--backend", "device",
                "--json");
        assertThat(failures(all)).isEmpty();
        assertThat(all.out()).contains("device:exact against the reference", "device:exact, 4 times the same call",
                "device:exact against PyTorch", "device:newest: the device is too old").doesNotContain("coarse");
        CommandRun products = CommandRun.on(folder, providers, "audit", "--only", "attention", "--backend", "device",
                "--json");
        assertThat(failures(products)).isEmpty();
        assertThat(products.out()).contains("device:exact against the reference",
                "device:coarse against the reference", "device:coarse, 4 times the same call")
                .doesNotContain("device:coarse against PyTorch");
        CommandRun one = CommandRun.on(folder, providers, "audit", "--only", "network", "--backend", "device:coarse",
                "--json");
        assertThat(failures(one)).isEmpty();
        assertThat(one.out()).contains("device:coarse, 4 times the same").doesNotContain("device:exact");
        CommandRun.on(folder, providers, "audit", "--backend", "device:newest").failedWith("device:newest",
                "the device is too old");
    }

    @Test
    void whatDoesNotExistIsOneLine() {
        CommandRun.of("audit", "--only", "convolute").failedWith("--only convolute");
        CommandRun.of("audit", "--backend", "abacus").failedWith("abacus", "vector");
    }
}
