package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradCamTest {

    /** Moving a whole channel up and down by the same amount shows the sum of its slopes without any tape. */
    @Test
    void theWeightsAreWhatTheLogitsDo() {
        try (SmallModel small = new SmallModel(2)) {
            small.model.train(false);
            Variable map = small.model.backbone().forward(Variable.constant(small.images));
            int[] labels = {2, 0};
            double[] found = GradCam.of(small.model, map, labels).toDoubles();
            Shape shape = map.shape();
            int pixels = shape.extent(1) * shape.extent(2);
            int channels = shape.extent(3);
            double[] a = map.value().toDoubles();
            double[] expected = new double[2 * pixels];
            for (int k = 0; k < channels; k++) {
                double[] up = shifted(small, map, k, 1e-5);
                double[] down = shifted(small, map, k, -1e-5);
                for (int image = 0; image < 2; image++) {
                    int logit = image * SmallModel.CLASSES + labels[image];
                    double weight = (up[logit] - down[logit]) / 2e-5 / pixels;
                    for (int pixel = image * pixels; pixel < (image + 1) * pixels; pixel++) {
                        expected[pixel] += weight * a[pixel * channels + k];
                    }
                }
            }
            double largest = 0;
            for (int i = 0; i < expected.length; i++) {
                expected[i] = Math.max(expected[i], 0);
                largest = Math.max(largest, expected[i]);
            }
            assertThat(largest).isPositive();
            assertThat(found).containsExactly(expected, within(1e-6 * largest));
        }
    }

    private static double[] shifted(SmallModel small, Variable map, int channel, double by) {
        double[] a = map.value().toDoubles();
        int channels = map.shape().extent(3);
        for (int i = channel; i < a.length; i += channels) {
            a[i] += by;
        }
        return small.model.logitsOf(Variable.constant(Tensor.of(small.backend, map.shape(), a))).value().toDoubles();
    }

    /** For a mean over all pixels and a linear layer it is the class activation map: ReLU(w . A) over the pixels. */
    @Test
    void ofALinearHeadItIsTheClassActivationMap() {
        try (Backend backend = Backends.open("reference", 1)) {
            Initializer initializer = new Initializer(backend, Rng.of(3));
            LinearClassifier model = new LinearClassifier(
                    new ResNetConfig(ResNetConfig.Block.BASIC, List.of(1, 1), 2), 3, initializer);
            model.prepareInference();
            Variable images = Variable.constant(initializer.normal(Shape.of(2, 24, 16, 3), 1));
            Variable map = model.backbone().forward(images);
            double[] a = map.value().toDoubles();
            double[] w = model.namedParameters().get("fc.weight").value().toDoubles();
            Looked looked = Looked.of(model, map);
            int pixels = map.shape().extent(1) * map.shape().extent(2);
            int channels = map.shape().extent(3);
            double[] maps = looked.maps().toDoubles();
            assertThat(looked.maps().shape())
                    .isEqualTo(Shape.of(2, 3, map.shape().extent(1), map.shape().extent(2)));
            for (int i = 0; i < maps.length; i++) {
                int image = i / (3 * pixels);
                int id = i / pixels % 3;
                double sum = 0;
                for (int k = 0; k < channels; k++) {
                    sum += w[id * channels + k] * a[(image * pixels + i % pixels) * channels + k];
                }
                assertThat(maps[i]).isCloseTo(Math.max(sum, 0) / pixels, within(1e-14));
            }
            assertThat(looked.logits().toDoubles()).isEqualTo(model.logits(images).value().toDoubles());
        }
    }

    @Test
    void oneClassForEachImage() {
        try (SmallModel small = new SmallModel(1)) {
            Variable map = small.model.backbone().forward(Variable.constant(small.images));
            assertThatThrownBy(() -> GradCam.of(small.model, map, new int[]{1}))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1 classes for 2 images");
        }
    }
}
