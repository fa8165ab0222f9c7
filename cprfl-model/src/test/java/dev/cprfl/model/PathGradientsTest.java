package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.loss.BinaryCrossEntropy;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PathGradientsTest {

    private static final Loss LOSS = new BinaryCrossEntropy(Reduction.MEAN);

    @Test
    void normsAndCosine() {
        try (Backend backend = Backends.open("reference", 1)) {
            Tensor a = Tensor.of(backend, Shape.of(1, 2), 3.0, 4);
            Tensor b = Tensor.of(backend, Shape.of(1, 2), 0.0, 2);
            PathGradients both = PathGradients.of(a, b);
            assertThat(both.direct()).isEqualTo(5);
            assertThat(both.indirect()).isEqualTo(2);
            assertThat(both.cosine()).isCloseTo(0.8, within(1e-15));
            assertThat(PathGradients.of(null, b)).isEqualTo(new PathGradients(0, 2, null));
            assertThat(PathGradients.of(a, Tensor.zeros(backend, Shape.of(1, 2))).cosine()).isNull();
        }
    }

    /** A training step tells what {@link TracedStep} finds. */
    @Test
    void ofATrainingStep() {
        try (SmallModel traced = new SmallModel(1); SmallModel trained = new SmallModel(1)) {
            traced.model.train(true);
            TracedStep step = TracedStep.run(traced.model, traced.images, traced.targets, LOSS);
            PathGradients expected = PathGradients.of(step.directPromptGradient(), step.indirectPromptGradient());
            assertThat(expected.direct()).isPositive();
            assertThat(expected.indirect()).isPositive();
            List<PathGradients> told = new ArrayList<>();
            learner(trained).step(0, trained.images, trained.targets, told::add);
            assertThat(told).containsExactly(expected);
        }
    }

    @Test
    void aPathThatIsCutPullsNot() {
        try (SmallModel small = new SmallModel(1, 0, CutPath.DIRECT)) {
            List<PathGradients> told = new ArrayList<>();
            learner(small).step(0, small.images, small.targets, told::add);
            assertThat(told.getFirst().direct()).isZero();
            assertThat(told.getFirst().indirect()).isPositive();
            assertThat(told.getFirst().cosine()).isNull();
        }
    }

    /** Looking changes nothing. */
    @Test
    void lookingDoesNotChangeTheTraining() {
        try (SmallModel seen = new SmallModel(1); SmallModel unseen = new SmallModel(1)) {
            Learner looking = learner(seen);
            Learner blind = learner(unseen);
            for (int step = 0; step < 3; step++) {
                double loss = looking.step(step, seen.images, seen.targets, _ -> {});
                assertThat(loss).isEqualTo(blind.step(step, unseen.images, unseen.targets));
            }
            seen.model.namedParameters().forEach((name, parameter) -> assertThat(parameter.value().toDoubles()).as(name)
                    .isEqualTo(unseen.model.namedParameters().get(name).value().toDoubles()));
        }
    }

    private static Learner learner(SmallModel small) {
        return new Learner(small.model, LOSS, RunConfig.defaults().training(), 10);
    }
}
