package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.Augmentation;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.SubsetSamples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource("dev.cprfl.kernels.Backends#exactHere")
class TrainerTest {

    private static final List<String> TINY = List.of("backbone={block: basic, layers: [1, 1, 1, 1], width: 2}",
            "imageSize=32",
            "jointDim=8", "textDim=6", "heads=2", "headDim=4", "mlpDim=8", "training.batchSize=4", "training.epochs=3",
            "training.lr=0.003", "selection=test", "training.seed=3");

    @TempDir
    Path folder;

    @Parameter
    private String backendName;

    private Backend backend;

    @BeforeEach
    void open() {
        backend = Backends.open(backendName, 2);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static RunConfig config(String... settings) {
        List<String> all = new ArrayList<>(TINY);
        all.addAll(Arrays.asList(settings));
        return RunConfig.load(null, null, all);
    }

    private static Samples images(int count) {
        return new SubsetSamples(Scenes.train(1, 32), IntStream.range(0, count).boxed().toList());
    }

    private Learner learner(RunConfig config, int images) {
        Rng rng = Rng.of(1);
        double[] text = IntStream.range(0, 20 * 6).mapToDouble(_ -> rng.nextGaussian()).toArray();
        Cprfl model = new Cprfl(config.network(), Tensor.of(backend, Shape.of(20, 6), text),
                new Initializer(backend, Rng.of(config.training().seed())));
        return new Learner(model, config.lossFunction(null), config.training(), Trainer.totalSteps(config, images));
    }

    private Run create(String name, RunConfig config) throws IOException {
        Samples images = images(10);
        List<Integer> counts = Run.classCounts(images);
        return Run.create(folder.resolve(name), config, new Run.Classes(Scenes.names(), counts),
                Provenance.of(backend, 3, Map.of(), config.toMap()));
    }

    private Trainer trainer(Run run, TrainingListener listener) {
        Samples images = images(10);
        return new Trainer(run, learner(run.config(), 10), backend, images, images, Augmentation.NONE, listener);
    }

    private static void assertSameFiles(Run a, Run b, String... names) throws IOException {
        for (String name : names) {
            assertThat(Files.mismatch(a.folder().resolve(name), b.folder().resolve(name))).as(name).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8})
    void aStoppedRunGoesOnBitForBit(int stopAfter) throws IOException {
        Run whole = create("whole", config());
        assertThat(trainer(whole, new TrainingListener() {
        }).train()).isTrue();

        Run broken = create("broken", config());
        Trainer[] first = new Trainer[1];
        first[0] = trainer(broken, new TrainingListener() {
            @Override
            public void step(Step step) {
                if (step.step() == stopAfter) {
                    first[0].stop();
                }
            }
        });
        assertThat(first[0].train()).isFalse();
        Trainer second = trainer(Run.open(broken.folder()), new TrainingListener() {
        });
        second.resume();
        assertThat(second.train()).isTrue();
        assertSameFiles(whole, broken, "last.safetensors", "best.safetensors", "metrics.jsonl",
                "optimizer-9.safetensors");
    }

    @Test
    void loaderThreadsDoNotChangeTheResult() throws IOException {
        Run one = create("one", config("data.workers=1", "training.epochs=1"));
        Run five = create("five", config("data.workers=5", "training.epochs=1"));
        trainer(one, new TrainingListener() {
        }).train();
        trainer(five, new TrainingListener() {
        }).train();
        assertSameFiles(one, five, "last.safetensors", "best.safetensors", "metrics.jsonl");
    }

    @Test
    void aFinishedRunServesItsBestWeights() throws IOException {
        Run run = create("run", config("training.epochs=1"));
        trainer(run, new TrainingListener() {
        }).train();
        Classifier model = Run.open(run.folder()).load(backend);
        assertThat(model.classes()).isEqualTo(20);
        assertThat(model.training()).isFalse();
        Trainer again = trainer(run, new TrainingListener() {
        });
        again.resume();
        assertThat(again.train()).isTrue();
    }

    @Test
    void aNotFiniteLossNamesStepAndFirstTensor() {
        RunConfig config = config();
        Learner learner = learner(config, 10);
        Tensor images = Tensor.full(backend, Shape.of(2, 32, 32, 3), 0.5);
        Tensor targets = Tensor.zeros(backend, Shape.of(2, 20));
        backend.fill(Double.NaN, learner.model().namedParameters().get("tokens.bias").value().storage());
        assertThatThrownBy(() -> learner.step(4, images, targets)).isInstanceOf(UserException.class)
                .hasMessageContaining("step 5").hasMessageContaining("parameter tokens.bias");
        Learner healthy = learner(config, 10);
        Tensor bad = Tensor.full(backend, Shape.of(2, 32, 32, 3), Double.NaN);
        assertThatThrownBy(() -> healthy.step(0, bad, targets)).hasMessageContaining("the images");
    }

    @Test
    void aFolderWithARunIsNotOverwritten() throws IOException {
        Run run = create("run", config());
        assertThatThrownBy(run::last).hasMessageContaining("no checkpoint");
        create("run", config("training.epochs=1")); // nothing is lost
        trainer(Run.open(run.folder()), new TrainingListener() {
        }).train();
        assertThatThrownBy(() -> create("run", config())).isInstanceOf(UserException.class)
                .hasMessageContaining("--resume");
        assertThatThrownBy(() -> Run.open(folder.resolve("nothing"))).isInstanceOf(UserException.class)
                .hasMessageContaining("not the folder of a run");
    }
}
