package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.Trainer;
import dev.cprfl.model.training.TrainingListener;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A training that is ready to begin, or to go on. */
record Training(Run run, Trainer trainer) {

    /** Makes the network of a new run. */
    interface Networks {
        Classifier fresh(RunConfig config, Initializer initializer) throws IOException;
    }

    /**
     * A new run; one that was stopped after its first checkpoint is gone on with.
     *
     * @param inputs what the provenance names
     * @throws UserException if the folder holds a run of other settings or images
     */
    static Training beginOrResume(Path folder, RunConfig config, TrainingPhotos photos, Networks networks,
            Map<String, List<Path>> inputs, Backend backend, TrainingListener listener) throws IOException {
        Initializer initializer = new Initializer(backend, Rng.of(config.training().seed()));
        boolean resumed = Run.isResumable(folder);
        Run run;
        Classifier network;
        if (resumed) {
            run = Run.open(folder);
            requireSame(run, config, photos);
            network = run.network(Safetensors.read(run.last()), initializer);
        } else {
            network = networks.fresh(config, initializer);
            run = Run.create(folder, config, photos.classes(),
                    Provenance.of(backend, config.training().seed(), inputs, config.toMap()));
        }
        Learner learner = new Learner(network,
                config.lossFunction(new ClassFrequencies(photos.all().size(), photos.classes().trainCounts())),
                config.training(), Trainer.totalSteps(config, photos.train().size()));
        Trainer trainer = new Trainer(run, learner, backend, photos.train(), photos.selection(),
                config.imageAugmentation(), listener);
        if (resumed) {
            trainer.resume();
        }
        return new Training(run, trainer);
    }

    private static void requireSame(Run run, RunConfig config, TrainingPhotos photos) {
        if (!run.config().toYaml().equals(config.toYaml()) || !run.classes().equals(photos.classes())) {
            throw new UserException(run.folder() + " was begun with other settings or images; choose another --out");
        }
    }
}
