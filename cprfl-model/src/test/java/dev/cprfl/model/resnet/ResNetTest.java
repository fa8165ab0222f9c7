package dev.cprfl.model.resnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResNetTest {

    /** torchvision's published counts, less the classifier; those of OpenAI's image towers, less the attention pooling. */
    @ParameterizedTest
    @CsvSource({"resnet18, 11176512, 512", "resnet34, 21284672, 512", "resnet50, 23508032, 2048",
        "resnet101, 42500160, 2048", "resnet152, 58143808, 2048", "clip-rn50, 23527264, 2048",
        "clip-rn101, 42519392, 2048"})
    void hasAsManyWeightsAsPublished(String name, long weights, int channels) {
        try (Backend backend = new ReferenceBackend()) {
            ResNetConfig config = ResNetConfig.named(name);
            ResNet network = new ResNet(config, Initializer.unset(backend));
            assertThat(network.namedParameters().values().stream().mapToLong(p -> p.value().length()).sum())
                    .isEqualTo(weights);
            assertThat(config.outChannels()).isEqualTo(channels);
        }
    }

    @Test
    void halvesTheMapAtEveryStage() {
        try (Backend backend = new ReferenceBackend()) {
            Initializer initializer = new Initializer(backend, Rng.of(1));
            ResNet network = new ResNet(new ResNetConfig(ResNetConfig.Block.BASIC, List.of(2, 1, 1, 1), 3),
                    initializer);
            List<Shape> stages = new ArrayList<>();
            Variable images = Variable.constant(initializer.normal(Shape.of(2, 33, 70, 3), 1));
            Shape last = network.forward(images, stage -> stages.add(stage.shape())).shape();
            assertThat(stages).containsExactly(Shape.of(2, 9, 18, 3), Shape.of(2, 9, 18, 3), Shape.of(2, 5, 9, 6),
                    Shape.of(2, 3, 5, 12), Shape.of(2, 2, 3, 24));
            assertThat(last).isEqualTo(stages.getLast());
        }
    }

    @Test
    void startsFromKaimingNormalWeights() {
        try (Backend backend = new ReferenceBackend()) {
            ResNet network = new ResNet(ResNetConfig.named("resnet18"), new Initializer(backend, Rng.of(1)));
            Tensor weight = network.namedParameters().get("layer3.0.conv2.weight").value();
            double square = Arrays.stream(weight.toDoubles()).map(w -> w * w).average().orElseThrow();
            assertThat(square).isCloseTo(2.0 / (256 * 9), Percentage.withPercentage(1));
        }
    }

    static Stream<Arguments> blocksOnBackends() {
        return Backends.exactHere().stream()
                .flatMap(name -> Stream.of(ResNetConfig.Block.values()).map(block -> Arguments.of(name, block)));
    }

    @ParameterizedTest
    @MethodSource("blocksOnBackends")
    void foldedItGivesTheSameMap(String backendName, ResNetConfig.Block block) {
        double tolerance = backendName.equals("reference") ? 1e-12 : 1e-5;
        try (Backend backend = Backends.open(backendName, 2)) {
            Initializer initializer = new Initializer(backend, Rng.of(2));
            ResNet network = new ResNet(new ResNetConfig(block, List.of(2, 1), 4), initializer);
            Variable images = Variable.constant(initializer.normal(Shape.of(2, 17, 13, 3), 1));
            network.forward(images); // moves the running statistics off their start
            network.train(false);
            double[] expected = network.forward(images).value().toDoubles();
            network.fold();
            double[] actual = network.forward(images).value().toDoubles();
            assertThat(actual).isNotEqualTo(expected); // other roundings: it was folded
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], Offset.offset(tolerance * (1 + Math.abs(expected[i]))));
            }
            network.train(true);
            network.train(false);
            assertThat(network.forward(images).value().toDoubles()).isEqualTo(expected);
        }
    }

    @Test
    void refusesWhatIsNoResNet() {
        assertThatThrownBy(() -> ResNetConfig.named("resnet20")).isInstanceOf(UserException.class)
                .hasMessageContaining("resnet20").hasMessageContaining("resnet101");
        assertThatThrownBy(() -> new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1, 1, 1, 1, 1), 8))
                .isInstanceOf(UserException.class).hasMessageContaining("[1, 1, 1, 1, 1]");
        assertThatThrownBy(() -> new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1, 1, 1, 0), 8))
                .isInstanceOf(UserException.class);
    }
}
