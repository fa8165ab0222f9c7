package dev.cprfl.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.nn.Module;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the stored PyTorch results do not cover. */
class ExponentialMovingAverageTest {

    private static final class Constants extends Module {

        private final Tensor fixed;
        private final Tensor moving;

        Constants(Backend backend) {
            fixed = constant("fixed", Tensor.of(backend, Shape.of(3), 0.1f, -2f / 3, 3e30f));
            moving = buffer("moving", Tensor.of(backend, Shape.of(3), 0.1f, -2f / 3, 3e30f));
        }
    }

    /** In float, decay c + (1 - decay) c is often not c. */
    @Test
    void aConstantIsItsOwnAverage() {
        try (Backend backend = Backends.open("vector", 1)) {
            Constants module = new Constants(backend);
            ExponentialMovingAverage average = new ExponentialMovingAverage(module, 0.998);
            float[] before = module.fixed.toFloats();
            for (int i = 0; i < 1000; i++) {
                average.update();
            }
            assertThat(average.averages()).containsOnlyKeys("fixed", "moving");
            assertThat(average.averages().get("fixed").storage()).isSameAs(module.fixed.storage());
            assertThat(average.averages().get("moving").toFloats()).isNotEqualTo(before);
            average.swap();
            assertThat(module.fixed.toFloats()).isEqualTo(before);
            assertThat(module.moving.toFloats()).isNotEqualTo(before);
        }
    }
}
