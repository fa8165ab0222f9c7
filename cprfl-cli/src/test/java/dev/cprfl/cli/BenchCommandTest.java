package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.vector.VectorBackendProvider;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The command {@code bench}: what it counts, what it runs on, what it refuses. */
class BenchCommandTest {

    @ParameterizedTest
    @CsvSource({"forward, 1, 1", "train, 2, 3"})
    void timesAndCountsRuns(String mode, int batch, int forwardPasses) {
        JsonNode result = CommandRun.of("bench", "--model", "resnet18", "--size", 64, "--batch", batch, "--mode", mode,
                "--runs", 2, "--warm-up", 0, "--threads", 1, "--classes", 5, "--json").json();
        assertThat(result.get("runs").asInt()).isEqualTo(2);
        double median = result.get("medianSeconds").asDouble();
        assertThat(median).isBetween(result.get("minSeconds").asDouble(), result.get("maxSeconds").asDouble());
        assertThat(result.get("imagesPerSecond").asDouble() * median).isCloseTo(batch, within(1e-9));
        // 64 pixels are exactly 12.25 times fewer than 224 for every convolution but not for the classifier.
        double published = 2e9 * (1.814073 - 512e-6) / 12.25 + 2 * 512 * 5;
        assertThat(result.get("flop").asDouble()).isCloseTo(published * batch * forwardPasses, within(1e6));
        // Float weights, in training with gradients' optimizer state and averages beside them.
        assertThat(result.get("poolMiB").asDouble()).isGreaterThan(mode.equals("train") ? 4 * 42.7 : 42.7);
    }

    /** torchvision lists these next to its weights, in units of 10^9 multiply-adds at 224 pixels and 1000 classes. */
    @ParameterizedTest
    @CsvSource({"resnet18, 1.814", "resnet34, 3.664", "resnet50, 4.089", "resnet101, 7.801", "resnet152, 11.514"})
    void countsWhatTorchvisionPublishes(String name, double published) {
        long counted = MultiplyAdds.of(
                dry -> new LinearClassifier(ResNetConfig.named(name), 1000, Initializer.unset(dry)),
                Shape.of(1, 224, 224, 3));
        assertThat(counted / 1e9).isCloseTo(published, within(0.0006));
    }

    /** Fresh running statistics let this network's logits grow to thousands. */
    @Test
    void calibratedNetworksKeepTheirScale() {
        try (Backend backend = Backends.open("vector", 2)) {
            Initializer initializer = new Initializer(backend, Rng.of(1));
            LinearClassifier network = new LinearClassifier(ResNetConfig.named("resnet50"), 10, initializer);
            Calibration.of(network, initializer);
            network.train(false);
            float[] logits = network.logits(Variable.constant(initializer.normal(Shape.of(2, 96, 96, 3), 1))).value()
                    .toFloats();
            double squares = 0;
            for (float logit : logits) {
                squares += (double) logit * logit / logits.length;
            }
            assertThat(Math.sqrt(squares)).isBetween(0.05, 20.0);
        }
    }

    /** A backend on a device, whose work is only done when somebody waits for it. */
    public static final class SlowDevice extends StandInProvider {

        public SlowDevice() {
            super("device");
        }

        @Override
        public Backend open(int threads) {
            Backend vector = new VectorBackendProvider().open(threads);
            return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "name" -> name();
                        case "describe" -> "a card";
                        case "isDevice" -> true;
                        case "synchronize" -> {
                            Thread.sleep(200);
                            yield null;
                        }
                        default -> method.invoke(vector, arguments);
                    });
        }
    }

    @Test
    void aDeviceIsWaitedForAndHasNoPeakOfTheProcessor(@TempDir Path folder) throws IOException {
        Object[] arguments = {"bench", "--model", "resnet18", "--size", 32, "--runs", 2, "--warm-up", 0, "--threads",
            1};
        List<String> providers = List.of(SlowDevice.class.getName());
        JsonNode result = CommandRun.on(folder, providers, Stream.concat(Stream.of(arguments), Stream.of("--json"))
                .toArray()).json();
        assertThat(result.get("device").asString()).isEqualTo("a card");
        assertThat(result.get("minSeconds").asDouble()).isBetween(0.2, 10.0);
        assertThat(result.get("percentOfFmaPeak").isNull()).isTrue();
        assertThat(result.get("fmaPeakGflopsPerSecond").isNull()).isTrue();
        assertThat(CommandRun.on(folder, providers, arguments).out()).contains("a card, backend device", "TFLOP/s")
                .doesNotContain("peak", "threads");
    }

    @Test
    void badValuesGiveOneLine() {
        CommandRun.of("bench", "--model", "resnet19").failedWith("resnet19", "resnet18", "cprfl");
        CommandRun.of("bench", "--size", 31).failedWith("--size 31", "32");
        CommandRun.of("bench", "--batch", 0).failedWith("--batch 0");
        CommandRun.of("bench", "--runs", -1).failedWith("--runs -1");
        CommandRun.of("bench", "--classes", 0).failedWith("--classes 0");
        CommandRun.of("bench", "--warm-up", "NaN").failedWith("--warm-up NaN");
        CommandRun.of("bench", "--size", 100_000).failedWith("--size 100000", "smaller");
        CommandRun.of("bench", "--size", 32, "--mode", "train").failedWith("one pixel");
        assertThat(CommandRun.of("bench", "--mode", "sideways").exitCode()).isEqualTo(Main.USAGE);
    }
}
