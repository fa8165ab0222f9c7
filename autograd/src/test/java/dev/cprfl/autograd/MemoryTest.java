package dev.cprfl.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.nn.BatchNorm2d;
import dev.cprfl.autograd.nn.Conv2d;
import dev.cprfl.autograd.nn.Dropout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.nn.Sequential;
import dev.cprfl.autograd.ops.AsymmetricLoss;
import dev.cprfl.autograd.ops.GlobalAvgPool;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nothing leaks. The reference backend fills free memory with NaN, so a use after the end would show in the results too. */
class MemoryTest {

    private final Backend backend = new ReferenceBackend();

    @Test
    void aTrainingLoopHoldsTheSameAfterEveryStep() {
        Initializer init = new Initializer(backend, Rng.of(1));
        Sequential model = new Sequential(new Conv2d(init, 3, 4, 3, 1, 1, false), new BatchNorm2d(init, 4),
                Layer.of(Relu::apply), Layer.of(GlobalAvgPool::apply), new Dropout(0.2), new Linear(init, 4, 5));
        AdamW optimizer = new AdamW(List.of(new AdamW.Group(model.namedParameters(), 1, 0.01)), 0.999, 1e-8);
        Tensor images = init.normal(Shape.of(2, 6, 6, 3), 1);
        Tensor targets = init.constant(Shape.of(2, 5), 1);
        long before = backend.memory().bytesHeld();
        for (int step = 0; step < 4; step++) {
            try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
                model.seed(1, step);
                Variable logits = model.forward(Variable.constant(images));
                Variable loss = MeanAll.apply(AsymmetricLoss.apply(logits, targets, 0, 4, 0.05, 1e-8, true));
                optimizer.step(tape.backward(loss), 1e-3, 0.9);
                assertThat(loss.value().item()).isFinite();
            }
            assertThat(backend.memory().bytesHeld()).as("after step " + step).isEqualTo(before);
        }
    }
}
