package dev.cprfl.model.prediction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.SubsetSamples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.data.scenes.WordEmbeddings;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The predictor finds what the evaluation of the same weights finds. */
class PredictorTest {

    private static final RunConfig CONFIG = RunConfig.load("demo", null, List.of("backbone.width=4", "jointDim=8",
            "heads=2", "headDim=4", "mlpDim=8"));

    @TempDir
    Path folder;

    @Test
    void agreesWithTheEvaluation() throws IOException {
        Samples samples = new SubsetSamples(Scenes.test(1, CONFIG.imageSize()), List.of(0, 1, 2));
        ScoreTable expected = write(samples);
        try (Predictor predictor = Predictor.open(folder.resolve("run"))) {
            List<Image> pictures = IntStream.range(0, 3).mapToObj(samples::image).toList();
            List<ImagePrediction> together = predictor.predict(pictures);
            for (int i = 0; i < 3; i++) {
                Path file = folder.resolve(i + ".png");
                Files.write(file, ImageWriter.png(pictures.get(i)));
                ImagePrediction alone = predictor.predict(file);
                assertThat(alone.labels()).hasSize(20).isEqualTo(together.get(i).labels())
                        .isSortedAccordingTo((a, b) -> Double.compare(b.probability(), a.probability()));
                for (ImagePrediction.Label label : alone.labels()) {
                    double probability = 1 / (1 + Math.exp(-expected.score(i, label.id())));
                    assertThat(label.probability()).isCloseTo(probability, Offset.offset(1e-5));
                    assertThat(label.name()).isEqualTo(predictor.classNames().get(label.id()));
                    assertThat(alone.heatMap(label)).hasSize(alone.rows() * alone.columns());
                }
            }
        }
    }

    @Test
    void aLoadedNetworkIsTheSavedOneWhateverLayInTheMemory() throws IOException {
        write(new SubsetSamples(Scenes.test(1, CONFIG.imageSize()), List.of(0)));
        Run run = Run.open(folder.resolve("run"));
        Map<String, HostTensor> saved = Safetensors.read(run.weights()).tensors();
        try (Backend backend = Backends.open("vector", 1)) {
            Tensor.full(backend, Shape.of(1 << 22), Double.NaN).release();
            Map<String, HostTensor> loaded = StateDict.export(run.load(backend));
            assertThat(loaded).containsOnlyKeys(saved.keySet());
            loaded.forEach((name, tensor) -> assertThat(tensor.data().mismatch(saved.get(name).data())).as(name)
                    .isEqualTo(-1));
        }
    }

    @Test
    void aMissingWeightIsAnErrorAndNeverWhatLayInTheMemory() throws IOException {
        write(new SubsetSamples(Scenes.test(1, CONFIG.imageSize()), List.of(0)));
        Path file = folder.resolve("run/last.safetensors");
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        Safetensors.read(file).tensors().forEach((name, tensor) -> weights.put(name,
                HostTensor.of(tensor.dtype(), tensor.shape(),
                        MemorySegment.ofArray(tensor.data().toArray(ValueLayout.JAVA_BYTE)))));
        weights.remove("interaction.0.to_out.bias");
        Safetensors.write(file, weights, Map.of());
        assertThatThrownBy(() -> Predictor.open(folder.resolve("run"))).isInstanceOf(UserException.class)
                .hasMessageContaining("missing: interaction.0.to_out.bias [8]");
    }

    /** Writes a run with random weights; the scores of the unprepared network. */
    private ScoreTable write(Samples samples) throws IOException {
        try (Backend backend = Backends.open("auto", 0)) {
            Tensor text = Tensor.of(backend, Shape.of(20, CONFIG.textDim()),
                    WordEmbeddings.embed(Scenes.names(), CONFIG.textDim()));
            Cprfl model = new Cprfl(CONFIG.network(), text, new Initializer(backend, Rng.of(5)));
            Run.create(folder.resolve("run"), CONFIG, new Run.Classes(Scenes.names(), Run.classCounts(samples)),
                    Provenance.of(backend, 5, Map.of(), CONFIG.toMap()));
            Safetensors.write(folder.resolve("run/last.safetensors"), StateDict.export(model), Map.of());
            return Evaluator.score(model, backend, samples, CONFIG.evaluationSettings(), _ -> {});
        }
    }

    @Test
    void saysInOneLineWhatItCannotOpen() throws IOException {
        assertThatThrownBy(() -> Predictor.open(folder)).isInstanceOf(UserException.class)
                .hasMessageContaining("is not the folder of a run");
        write(new SubsetSamples(Scenes.test(1, CONFIG.imageSize()), List.of(0)));
        Path text = Files.writeString(folder.resolve("text.jpg"), "no picture");
        try (Predictor predictor = Predictor.open(folder.resolve("run"))) {
            assertThatThrownBy(() -> predictor.predict(text)).isInstanceOf(UserException.class)
                    .hasMessageContaining("text.jpg");
        }
    }
}
