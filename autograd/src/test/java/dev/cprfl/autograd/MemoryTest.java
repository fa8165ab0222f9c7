package dev.cprfl.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.nn.BatchNorm2d;
import dev.cprfl.autograd.nn.Conv2d;
import dev.cprfl.autograd.nn.Dropout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.LayerNorm;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.nn.Sequential;
import dev.cprfl.autograd.ops.AsymmetricLoss;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.GlobalAvgPool;
import dev.cprfl.autograd.ops.MaxPool2d;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A training loop needs no more memory with every step and does not depend on what it finds there. That each operation gives
 * back what it takes is checked along with its gradients.
 */
class MemoryTest {

    private static final int STEPS = 4;

    @ParameterizedTest
    @MethodSource("dev.cprfl.kernels.Backends#exactHere")
    void aTrainingLoopHoldsTheSameAfterEveryStep(String name) {
        try (Backend backend = Backends.open(name, 2)) {
            List<Long> held = train(backend).held();
            assertThat(held).hasSize(STEPS).containsOnly(held.getFirst());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.cprfl.kernels.Backends#exactHere")
    void whatThePoolHoldsDoesNotMatter(String name) {
        try (Backend backend = Backends.open(name, 2)) {
            List<Double> clean = train(backend).weights();
            List<Double> poisoned = train(PoisonedBackend.of(backend)).weights();
            assertThat(clean).isNotEmpty().doesNotContain(Double.NaN);
            assertThat(poisoned).isEqualTo(clean);
        }
    }

    /**
     * @param held bytes after each step
     * @param weights of the first layer, at the end
     */
    private record Training(List<Long> held, List<Double> weights) {}

    private static Training train(Backend backend) {
        Initializer init = new Initializer(backend, Rng.of(1));
        Conv2d first = new Conv2d(init, 3, 4, 3, 1, 1, false);
        Sequential model = new Sequential(first, new BatchNorm2d(init, 4), Layer.of(Relu::apply),
                Layer.of(x -> MaxPool2d.apply(x, 3, 2, 1)), Layer.of(GlobalAvgPool::apply), new Dropout(0.2),
                new Linear(init, 4, 7), new LayerNorm(init, 7), Layer.of(Gelu::apply), new Linear(init, 7, 5));
        AdamW optimizer = new AdamW(List.of(new AdamW.Group(model.namedParameters(), 1, 0.01)), 0.999, 1e-8);
        Tensor images = init.normal(Shape.of(2, 6, 6, 3), 1);
        Tensor targets = init.constant(Shape.of(2, 5), 1);
        List<Long> held = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
                model.seed(1, step);
                Variable logits = model.forward(Variable.constant(images));
                Variable loss = MeanAll.apply(AsymmetricLoss.apply(logits, targets, 0, 4, 0.05, 1e-8, true));
                optimizer.step(tape.backward(loss), 1e-3, 0.9);
            }
            held.add(backend.memory().bytesHeld());
        }
        return new Training(held, Arrays.stream(first.weight().value().toDoubles()).boxed().toList());
    }
}
