package dev.cprfl.model.resnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** CLIP's ResNet against OpenAI's {@code ModifiedResNet} written down once more, in plain loops over PyTorch's layout. */
class ClipResNetTest {

    private static final ResNetConfig CONFIG = new ResNetConfig(ResNetConfig.Block.CLIP, List.of(2, 1), 4);
    private static final double EPS = 1e-5;

    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    /** A network in which no weight and no statistic is special. */
    private ResNet network() {
        ResNet network = new ResNet(CONFIG, new Initializer(backend, Rng.of(1)));
        Rng rng = Rng.of(2);
        Map<String, HostTensor> state = new LinkedHashMap<>();
        StateDict.export(network).forEach((name, tensor) -> {
            double[] values = tensor.toDoubles();
            for (int i = 0; i < values.length && tensor.shape().rank() == 1; i++) {
                values[i] = rng.nextDouble(0.5, 1.5);
            }
            state.put(name, tensor.dtype().isIntegral() ? tensor : HostTensor.of(tensor.shape(), values));
        });
        StateDict.load(network, state);
        return network;
    }

    @Test
    void givesTheMapOfOpenAisDefinition() {
        ResNet network = network();
        network.train(false);
        // Odd sizes, so that pooling leaves pixels out.
        Variable images = Variable.constant(new Initializer(backend, Rng.of(3)).normal(Shape.of(1, 38, 29, 3), 1));
        double[][][] x = planes(images.value().toDoubles(), 38, 29, 3);
        double[][][] expected = new Plain(StateDict.export(network)).forward(x);
        Variable map = network.forward(images);
        assertThat(map.shape()).isEqualTo(Shape.of(1, 4, 3, 32));
        double[] actual = map.value().toDoubles();
        for (int c = 0; c < 32; c++) {
            for (int i = 0; i < 12; i++) {
                assertThat(actual[i * 32 + c]).isCloseTo(expected[c][i / 3][i % 3], within(1e-11));
            }
        }
    }

    @Test
    void gradientsAreTheSlopes() {
        ResNet network = network();
        Variable images = Variable.leaf(new Initializer(backend, Rng.of(3)).normal(Shape.of(2, 17, 19, 3), 1));
        Map<String, Variable> leaves = new LinkedHashMap<>(network.namedParameters());
        leaves.put("images", images);
        GradCheck.Result worst = GradCheck.directions(() -> network.forward(images), leaves, 1, 1e-4);
        assertThat(worst.error()).as(worst.toString()).isLessThan(1e-6);
    }

    @Test
    void namesAreOpenAis() {
        assertThat(StateDict.export(network()).keySet()).contains("conv1.weight", "bn1.weight", "conv3.weight",
                "bn3.running_var", "layer1.0.downsample.0.weight", "layer1.0.downsample.1.bias",
                "layer2.0.conv3.weight",
                "layer1.1.bn3.bias").doesNotContain("conv4.weight", "layer1.1.downsample.0.weight");
    }

    @Test
    void anOddWidthIsRefused() {
        assertThatThrownBy(() -> new ResNetConfig(ResNetConfig.Block.CLIP, List.of(1), 3))
                .isInstanceOf(UserException.class).hasMessageContaining("even");
    }

    private static double[][][] planes(double[] nhwc, int height, int width, int channels) {
        double[][][] planes = new double[channels][height][width];
        for (int i = 0; i < nhwc.length; i++) {
            planes[i % channels][i / channels / width][i / channels % width] = nhwc[i];
        }
        return planes;
    }

    /** OpenAI's definition on one image [channel][row][column]. */
    private record Plain(Map<String, HostTensor> weights) {

        double[][][] forward(double[][][] image) {
            double[][][] x = image;
            for (int i = 1; i <= 3; i++) {
                x = relu(norm("bn" + i, conv("conv" + i, x, i == 1 ? 2 : 1)));
            }
            x = pool(x);
            for (int stage = 1; stage <= 2; stage++) {
                for (int block = 0; block < CONFIG.layers().get(stage - 1); block++) {
                    x = block("layer" + stage + "." + block + ".", x, stage > 1 && block == 0);
                }
            }
            return x;
        }

        private double[][][] block(String name, double[][][] x, boolean halved) {
            double[][][] y = relu(norm(name + "bn1", conv(name + "conv1", x, 1)));
            y = relu(norm(name + "bn2", conv(name + "conv2", y, 1)));
            y = halved ? pool(y) : y;
            y = norm(name + "bn3", conv(name + "conv3", y, 1));
            double[][][] kept = x;
            if (weights.containsKey(name + "downsample.0.weight")) {
                kept = norm(name + "downsample.1", conv(name + "downsample.0", halved ? pool(x) : x, 1));
            }
            for (int c = 0; c < y.length; c++) {
                for (int i = 0; i < y[c].length; i++) {
                    for (int j = 0; j < y[c][i].length; j++) {
                        y[c][i][j] += kept[c][i][j];
                    }
                }
            }
            return relu(y);
        }

        private double[][][] conv(String name, double[][][] x, int stride) {
            HostTensor tensor = weights.get(name + ".weight");
            double[] w = tensor.toDoubles();
            int out = tensor.shape().extent(0);
            int in = tensor.shape().extent(1);
            int k = tensor.shape().extent(2);
            int pad = k / 2;
            int height = (x[0].length + 2 * pad - k) / stride + 1;
            int width = (x[0][0].length + 2 * pad - k) / stride + 1;
            double[][][] y = new double[out][height][width];
            for (int o = 0; o < out; o++) {
                for (int p = 0; p < height; p++) {
                    for (int q = 0; q < width; q++) {
                        for (int c = 0; c < in; c++) {
                            for (int r = 0; r < k; r++) {
                                for (int s = 0; s < k; s++) {
                                    int i = p * stride + r - pad;
                                    int j = q * stride + s - pad;
                                    if (i >= 0 && j >= 0 && i < x[c].length && j < x[c][i].length) {
                                        y[o][p][q] += w[((o * in + c) * k + r) * k + s] * x[c][i][j];
                                    }
                                }
                            }
                        }
                    }
                }
            }
            return y;
        }

        private double[][][] norm(String name, double[][][] x) {
            double[] gamma = weights.get(name + ".weight").toDoubles();
            double[] beta = weights.get(name + ".bias").toDoubles();
            double[] mean = weights.get(name + ".running_mean").toDoubles();
            double[] variance = weights.get(name + ".running_var").toDoubles();
            for (int c = 0; c < x.length; c++) {
                for (double[] row : x[c]) {
                    for (int j = 0; j < row.length; j++) {
                        row[j] = (row[j] - mean[c]) / Math.sqrt(variance[c] + EPS) * gamma[c] + beta[c];
                    }
                }
            }
            return x;
        }

        private static double[][][] relu(double[][][] x) {
            for (double[][] plane : x) {
                for (double[] row : plane) {
                    for (int j = 0; j < row.length; j++) {
                        row[j] = Math.max(row[j], 0);
                    }
                }
            }
            return x;
        }

        private static double[][][] pool(double[][][] x) {
            double[][][] y = new double[x.length][x[0].length / 2][x[0][0].length / 2];
            for (int c = 0; c < y.length; c++) {
                for (int i = 0; i < y[c].length; i++) {
                    for (int j = 0; j < y[c][i].length; j++) {
                        y[c][i][j] = (x[c][2 * i][2 * j] + x[c][2 * i][2 * j + 1] + x[c][2 * i + 1][2 * j]
                                + x[c][2 * i + 1][2 * j + 1]) / 4;
                    }
                }
            }
            return y;
        }
    }
}
