package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.data.scenes.WordEmbeddings;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.Trainer;
import dev.cprfl.model.training.TrainingListener;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A training on the built-in scenes, ready to begin; its last weights are the ones to test. */
record SceneTraining(Run run, Trainer trainer) {

    /** @param folder of the run, which must not hold one */
    static SceneTraining begin(Path folder, RunConfig config, Samples train, Backend backend, TrainingListener listener)
            throws IOException {
        List<Integer> counts = Run.classCounts(train);
        Run run = Run.create(folder, config, new Run.Classes(Scenes.names(), counts),
                Provenance.of(backend, config.training().seed(), Map.of(), config.toMap()));
        Learner learner = new Learner(network(config, backend),
                config.lossFunction(new ClassFrequencies(train.size(), counts)), config.training(),
                Trainer.totalSteps(config, train.size()));
        return new SceneTraining(run,
                new Trainer(run, learner, backend, train, null, config.imageAugmentation(), listener));
    }

    private static Classifier network(RunConfig config, Backend backend) {
        Initializer initializer = new Initializer(backend, Rng.of(config.training().seed()));
        List<String> names = Scenes.names();
        if (!config.readsText()) {
            return Run.untold(config, names.size(), initializer);
        }
        Tensor text = Tensor.of(backend, Shape.of(names.size(), config.textDim()),
                WordEmbeddings.embed(names, config.textDim()));
        return new Cprfl(config.network(), text, initializer);
    }
}
