package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CprflTest {

    /** The focusing weight is differentiated, so that finite differences see the same gradient. */
    private static final Loss LOSS = new AsymmetricLoss(1, 4, 0.05, 1e-8, false, Reduction.MEAN);

    @Test
    void eachPathAloneGivesItsShare() {
        Map<String, double[]> both = gradients(CutPath.NONE);
        Map<String, double[]> indirectOnly = gradients(CutPath.DIRECT);
        Map<String, double[]> directOnly = gradients(CutPath.FEATURES);
        Map<String, double[]> stillTokens = gradients(CutPath.INDIRECT);
        both.forEach((name, gradient) -> {
            if (name.startsWith("prompt_initializer")) {
                for (int i = 0; i < gradient.length; i++) {
                    assertThat(directOnly.get(name)[i] + indirectOnly.get(name)[i]).isCloseTo(gradient[i],
                            Offset.offset(1e-12));
                }
                assertThat(stillTokens.get(name)).isEqualTo(directOnly.get(name));
            } else {
                assertThat(indirectOnly.get(name)).isEqualTo(gradient);
                assertThat(stillTokens.get(name)).isEqualTo(gradient);
                assertThat(directOnly).doesNotContainKey(name);
            }
        });
    }

    private static Map<String, double[]> gradients(CutPath cut) {
        try (SmallModel small = new SmallModel(1, 0, cut)) {
            TracedStep step = TracedStep.run(small.model, small.images, small.targets, LOSS);
            assertThat(step.directPromptGradient() == null).isEqualTo(cut == CutPath.DIRECT);
            assertThat(step.indirectPromptGradient() == null)
                    .isEqualTo(cut == CutPath.INDIRECT || cut == CutPath.FEATURES);
            Map<String, double[]> found = new LinkedHashMap<>();
            small.model.namedParameters().forEach((name, parameter) -> {
                Tensor gradient = step.gradients().get(parameter);
                if (gradient != null) {
                    found.put(name, gradient.toDoubles());
                }
            });
            return found;
        }
    }

    /** The last layer's short cut gives the numbers and gradients of the full computation. */
    @Test
    void promptsOnlyEqualsTheFullComputation() {
        try (SmallModel small = new SmallModel(1)) {
            Initializer initializer = new Initializer(small.backend, Rng.of(3));
            EncoderLayer layer = new EncoderLayer(initializer, 10, 2, 3, 7, 0);
            Variable features = Variable.leaf(initializer.normal(Shape.of(2, 4, 10), 1));
            Variable prompts = Variable.leaf(initializer.normal(Shape.of(3, 10), 1));
            double[][] quick = run(layer, features, prompts, true);
            double[][] full = run(layer, features, prompts, false);
            assertThat(quick.length).isEqualTo(full.length).isEqualTo(layer.namedParameters().size() + 3);
            for (int i = 0; i < full.length; i++) {
                assertThat(quick[i]).as("array " + i).usingComparatorWithPrecision(1e-12).containsExactly(full[i]);
            }
        }
    }

    /** P', then the gradients of its sum of squares: by features, prompts and every parameter. */
    private static double[][] run(EncoderLayer layer, Variable features, Variable prompts, boolean promptsOnly) {
        try (Tape tape = Tape.start()) {
            Variable tokens = layer.forward(features, prompts, promptsOnly).tokens();
            Variable refined = promptsOnly ? tokens : Slice.apply(tokens, 1, 4, 7);
            double[] values = refined.value().toDoubles();
            Gradients gradients = tape.backward(refined, refined.value().copy());
            List<double[]> arrays = new ArrayList<>();
            arrays.add(values);
            arrays.add(gradients.get(features).toDoubles());
            arrays.add(gradients.get(prompts).toDoubles());
            for (Parameter parameter : layer.namedParameters().values()) {
                arrays.add(gradients.get(parameter).toDoubles());
            }
            return arrays.toArray(double[][]::new);
        }
    }

    @Test
    void aForwardPassLeavesNothingBehind() {
        try (SmallModel small = new SmallModel(2)) {
            small.model.train(false);
            long before = small.backend.memory().bytesHeld();
            double[] first;
            try (Scope _ = Scope.open()) {
                first = small.model.logits(Variable.constant(small.images)).value().toDoubles();
            }
            small.backend.memory().trim();
            assertThat(small.backend.memory().bytesHeld()).isEqualTo(before);
            // With a tape nothing is given back early, so this would show a value read after its end.
            try (Scope _ = Scope.open(); Tape _ = Tape.start()) {
                assertThat(small.model.logits(Variable.constant(small.images)).value().toDoubles()).isEqualTo(first);
            }
        }
    }

    @Test
    void aForwardPassAloneNeedsLessMemory() {
        try (SmallModel small = new SmallModel(1)) {
            small.model.train(false);
            long before = small.backend.memory().bytesHeld();
            long alone;
            try (Scope _ = Scope.open()) {
                small.model.logits(Variable.constant(small.images));
                alone = small.backend.memory().bytesHeld() - before;
            }
            small.backend.memory().trim();
            try (Scope _ = Scope.open(); Tape _ = Tape.start()) {
                small.model.logits(Variable.constant(small.images));
                assertThat(alone).isLessThan((small.backend.memory().bytesHeld() - before) / 2);
            }
        }
    }

    @Test
    void dropoutFollowsItsSeed() {
        try (SmallModel small = new SmallModel(1, 0.5, CutPath.NONE)) {
            double[] first = logits(small, 1);
            assertThat(logits(small, 1)).isEqualTo(first);
            assertThat(logits(small, 2)).isNotEqualTo(first);
            small.model.train(false);
            assertThat(logits(small, 1)).isEqualTo(logits(small, 2));
        }
    }

    private static double[] logits(SmallModel small, long seed) {
        small.model.seed(seed);
        return small.model.logits(Variable.constant(small.images)).value().toDoubles();
    }

    @Test
    void showsEverythingOnTheWay() {
        try (SmallModel small = new SmallModel(1)) {
            CprflOutput output = small.model.forward(Variable.constant(small.images));
            assertThat(output.backbone().shape()).isEqualTo(Shape.of(2, 2, 3, 64));
            assertThat(output.tokens().shape()).isEqualTo(Shape.of(2, 6, 10));
            assertThat(output.prompts().shape()).isEqualTo(Shape.of(3, 10));
            assertThat(output.refined().shape()).isEqualTo(Shape.of(2, 3, 10));
            assertThat(output.logits().shape()).isEqualTo(Shape.of(2, 3));
            assertThat(output.attention().shape()).isEqualTo(Shape.of(2, 2, 3, 9));
            double[] logits = output.logits().value().toDoubles();
            double[] p = output.prompts().value().toDoubles();
            double[] refined = output.refined().value().toDoubles();
            for (int i = 0; i < logits.length; i++) {
                double score = 0;
                for (int j = 0; j < 10; j++) {
                    score += refined[10 * i + j] * p[10 * (i % 3) + j];
                }
                assertThat(score).isCloseTo(logits[i], Offset.offset(1e-12));
            }
        }
    }

    static Stream<Arguments> depthsOnBackends() {
        return Backends.exactHere().stream().flatMap(name -> Stream.of(1, 2).map(depth -> Arguments.of(name, depth)));
    }

    @ParameterizedTest
    @MethodSource("depthsOnBackends")
    void preparedItGivesTheSameLogits(String backend, int depth) {
        try (SmallModel small = new SmallModel(backend, depth)) {
            Variable images = Variable.constant(small.images);
            small.model.logits(images); // moves the running statistics off their start
            small.model.train(false);
            double[] expected = small.model.logits(images).value().toDoubles();
            small.model.prepareInference();
            double[] actual = small.model.logits(images).value().toDoubles();
            assertThat(actual).isNotEqualTo(expected); // other roundings: it was prepared
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], Offset.offset(
                        backend.equals("reference") ? 1e-11 : 1e-4));
            }
            assertThat(small.model.logits(images).value().toDoubles()).isEqualTo(actual);
            try (Tape _ = Tape.start()) {
                assertThat(small.model.logits(images).value().toDoubles()).isEqualTo(expected);
            }
            small.model.train(true);
            small.model.train(false);
            assertThat(small.model.logits(images).value().toDoubles()).isEqualTo(expected);
        }
    }

    @Test
    void heatMapsAreTheAttentionToThePixels() {
        try (SmallModel small = new SmallModel(1)) {
            CprflOutput output = small.model.forward(Variable.constant(small.images));
            Tensor mean = HeatMaps.meanOverHeads(output);
            Tensor perHead = HeatMaps.perHead(output);
            assertThat(mean.shape()).isEqualTo(Shape.of(2, 3, 2, 3));
            assertThat(perHead.shape()).isEqualTo(Shape.of(2, 2, 3, 2, 3));
            double[] attention = output.attention().toDoubles();
            double[] maps = mean.toDoubles();
            double[] heads = perHead.toDoubles();
            for (int b = 0; b < 2; b++) {
                for (int i = 0; i < 3; i++) {
                    for (int pixel = 0; pixel < 6; pixel++) {
                        double first = attention[((b * 2) * 3 + i) * 9 + pixel];
                        double second = attention[((b * 2 + 1) * 3 + i) * 9 + pixel];
                        assertThat(heads[((b * 2 + 1) * 3 + i) * 6 + pixel]).isEqualTo(second);
                        assertThat(maps[(b * 3 + i) * 6 + pixel]).isCloseTo((first + second) / 2,
                                Offset.offset(1e-15));
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (SmallModel small = new SmallModel(1)) {
            CprflConfig config = small.model.config();
            assertThatThrownBy(() -> new Cprfl(config, 3, Initializer.unset(small.backend)))
                    .isInstanceOf(UserException.class).hasMessageContaining("needs text embeddings");
            Tensor narrow = Tensor.zeros(small.backend, Shape.of(3, 5));
            assertThatThrownBy(() -> new Cprfl(config, narrow, Initializer.unset(small.backend)))
                    .isInstanceOf(UserException.class).hasMessageContaining("[3, 5]").hasMessageContaining("6");
        }
    }

    /** One head as wide as a token: the authors' code has no output projection then. */
    @Test
    void leavesTheProjectionOutWhereTheAuthorsDo() {
        try (SmallModel small = new SmallModel(1)) {
            Initializer initializer = new Initializer(small.backend, Rng.of(3));
            Set<String> names = new EncoderLayer(initializer, 6, 1, 6, 7, 0).namedParameters().keySet();
            assertThat(names).noneMatch(name -> name.startsWith("to_out"));
        }
    }
}
