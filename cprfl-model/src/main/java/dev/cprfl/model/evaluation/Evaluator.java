package dev.cprfl.model.evaluation;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.data.Batch;
import dev.cprfl.model.data.Loader;
import dev.cprfl.model.data.Samples;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.function.IntConsumer;

/** Runs a classifier over images. */
public final class Evaluator {

    private Evaluator() {}

    /**
     * Logits of all images beside their labels. The classifier is in evaluation mode meanwhile.
     *
     * @param settings made by {@link Loader.Settings#inOrder}
     * @param progress hears how many images are done
     */
    public static ScoreTable score(Classifier classifier, Backend backend, Samples samples, Loader.Settings settings,
            IntConsumer progress) {
        boolean training = classifier.training();
        classifier.train(false);
        ScoreTable table = new ScoreTable(samples.classes());
        try (Loader loader = new Loader(samples, settings)) {
            Loader.Batches batches = loader.epoch(0, 0);
            while (batches.hasNext()) {
                Batch batch = batches.next();
                try (Scope _ = Scope.open()) {
                    Tensor images = images(batch, backend, settings.imageSize());
                    Tensor logits = classifier.logits(Variable.constant(images)).value();
                    table.add(logits.toFloats(), batch.targets(), batch.size());
                }
                progress.accept(table.rows());
            }
        } finally {
            classifier.train(training);
        }
        return table;
    }

    /** A batch's images in a backend's memory: [B, size, size, 3]. */
    public static Tensor images(Batch batch, Backend backend, int size) {
        Tensor images = Tensor.allocate(backend, Shape.of(batch.size(), size, size, 3));
        backend.memory().write(batch.images(), 0, images.storage());
        return images;
    }
}
