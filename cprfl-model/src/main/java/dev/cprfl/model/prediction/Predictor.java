package dev.cprfl.model.prediction;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Looked;
import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.Resize;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Labels pictures with a trained network: what an application embeds.
 *
 * <pre>{@code
 * try (Predictor predictor = Predictor.open(Path.of("runs/voc"))) {
 *     ImagePrediction found = predictor.predict(Path.of("photo.jpg"));
 *     found.labels().forEach(label -> System.out.println(label.name() + " " + label.probability()));
 * }
 * }</pre>
 *
 * <p>Calls may come from any thread, one at a time; each call uses all threads of the backend.
 */
public final class Predictor implements AutoCloseable {

    private final Backend backend;
    private final RunConfig config;
    private final List<String> names;
    private final Classifier model;
    private final ImageReader reader;

    private Predictor(Run run, Backend backend) {
        this.backend = backend;
        config = run.config();
        names = run.classes().names();
        model = run.load(backend);
        reader = new ImageReader(config.data().exifOrientation());
    }

    /**
     * Loads the best weights of a run on the fastest backend of this machine.
     *
     * @throws dev.cprfl.tensor.UserException if the folder is not that of a run, or damaged
     */
    public static Predictor open(Path run) {
        return open(run, Backends.open("auto", 0));
    }

    /** As {@link #open(Path)}, on a backend that is then the predictor's: it closes it, also if this call fails. */
    public static Predictor open(Path run, Backend backend) {
        try {
            return new Predictor(Run.open(run), backend);
        } catch (RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    /** Names of the classes by id. */
    public List<String> classNames() {
        return names;
    }

    /** How many pictures a call should have at most: the batch size of the training. */
    public int batchSize() {
        return config.training().batchSize();
    }

    /**
     * Labels one picture.
     *
     * @throws dev.cprfl.tensor.UserException if the file is no picture
     */
    public ImagePrediction predict(Path picture) {
        return predict(List.of(reader.read(picture))).getFirst();
    }

    /** A picture as the network's training saw it: decoded, turned upright if the configuration says so. */
    public Image read(Path picture) {
        return reader.read(picture);
    }

    /** Labels some pictures of any sizes together, in their order. */
    public synchronized List<ImagePrediction> predict(List<Image> pictures) {
        int size = config.imageSize();
        int length = size * size * 3;
        float[] pixels = new float[Math.multiplyExact(pictures.size(), length)];
        for (int i = 0; i < pictures.size(); i++) {
            Image resized = Resize.to(pictures.get(i), size, size, Resample.BILINEAR);
            config.normalization().toNhwc(resized, pixels, i * length);
        }
        try (Scope _ = Scope.open()) {
            Tensor images = Tensor.of(backend, Shape.of(pictures.size(), size, size, 3), pixels);
            Looked looked = Looked.at(model, Variable.constant(images));
            float[] logits = looked.logits().toFloats();
            Tensor maps = looked.maps();
            float[] looks = maps.toFloats();
            List<ImagePrediction> predictions = new ArrayList<>();
            for (int i = 0; i < pictures.size(); i++) {
                predictions.add(ImagePrediction.of(names, part(logits, i, pictures.size()),
                        part(looks, i, pictures.size()), maps.shape().extent(2), maps.shape().extent(3)));
            }
            return predictions;
        }
    }

    private static float[] part(float[] all, int index, int parts) {
        int length = all.length / parts;
        return Arrays.copyOfRange(all, index * length, (index + 1) * length);
    }

    @Override
    public void close() {
        backend.close();
    }
}
