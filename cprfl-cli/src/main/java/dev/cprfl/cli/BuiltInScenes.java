package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.scenes.Scenes;
import dev.cprfl.model.data.scenes.WordEmbeddings;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;

/** The built-in data set as commands use it: the seed of a run draws its scenes too. */
final class BuiltInScenes {

    private BuiltInScenes() {}

    /** What a run is trained on; the last weights are kept. */
    static TrainingPhotos photos(RunConfig config) {
        Samples train = Scenes.train(config.training().seed(), config.imageSize());
        return new TrainingPhotos(train, train, null, new Run.Classes(Scenes.names(), Run.classCounts(train)));
    }

    static Samples test(RunConfig config) {
        return Scenes.test(config.training().seed(), config.imageSize());
    }

    /** What a run is reported on. */
    static RunReport.Data data(RunConfig config) {
        return new RunReport.Data(Scenes.train(config.training().seed(), config.imageSize()),
                Scenes.validation(config.training().seed(), config.imageSize()), "scenes drawn for this alone",
                test(config));
    }

    /** A network with fresh weights that is told the names of the categories through word vectors. */
    static Classifier network(RunConfig config, Initializer initializer) {
        List<String> names = Scenes.names();
        if (!config.readsText()) {
            return Run.untold(config, names.size(), initializer);
        }
        Tensor text = Tensor.of(initializer.backend(), Shape.of(names.size(), config.textDim()),
                WordEmbeddings.embed(names, config.textDim()));
        return new Cprfl(config.network(), text, initializer);
    }
}
