package dev.cprfl.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.model.export.OnnxExport;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ONNX Runtime computes from exported files what the network computes here, in double. */
class OnnxRuntimeTest {

    private static final int CLASSES = 5;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"cprfl, basic, 1, IMAGENET", "cprfl, bottleneck, 1, NONE", "cprfl, bottleneck, 3, CLIP",
        "linear, bottleneck, 1, IMAGENET"})
    void agrees(String kind, String block, int depth, Normalization normalization) {
        RunConfig config = RunConfig.load(null, null,
                List.of("backbone={block: " + block + ", layers: [2, 1, 2], width: 8}", "jointDim=24", "textDim=6",
                        "heads=3", "headDim=4", "mlpDim=20", "training.lr=0.01", "training.batchSize=4",
                        "depth=" + depth));
        try (Backend backend = Backends.open("reference", 1)) {
            Initializer initializer = new Initializer(backend, Rng.of(4));
            Classifier model = kind.equals("cprfl")
                    ? new Cprfl(config.network(), initializer.normal(Shape.of(CLASSES, 6), 1), initializer)
                    : new LinearClassifier(config.resNet(), CLASSES, initializer);
            train(model, config, initializer);
            Path file = folder.resolve("model.onnx");
            OnnxExport.write(file, model, normalization, Map.of());
            try (OnnxRuntime runtime = new OnnxRuntime(file, 2)) {
                assertAgree(model, runtime, normalization, 1, 40, 72);
                assertAgree(model, runtime, normalization, 3, 64, 48);
            }
        }
    }

    /** A few steps, so that no weight and no running statistic is what it began as. */
    private static void train(Classifier model, RunConfig config, Initializer initializer) {
        Learner learner = new Learner(model, config.lossFunction(null), config.training(), 10);
        Tensor images = initializer.normal(Shape.of(4, 32, 48, 3), 1);
        Tensor targets = Tensor.of(initializer.backend(), Shape.of(4, CLASSES), 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1,
                0,
                0, 1, 1, 0, 0, 0f);
        for (int step = 0; step < 8; step++) {
            learner.step(step, images, targets);
        }
    }

    private static void assertAgree(Classifier model, OnnxRuntime runtime, Normalization normalization, int batch,
            int height, int width) {
        float[] nchw = new float[batch * 3 * height * width];
        double[] nhwc = new double[nchw.length];
        Rng rng = Rng.of(batch);
        int pixels = height * width;
        for (int i = 0; i < nchw.length; i++) {
            nchw[i] = (float) rng.nextDouble();
            int channel = i / pixels % 3;
            int pixel = i / (3 * pixels) * pixels + i % pixels;
            nhwc[3 * pixel + channel] = (nchw[i] - normalization.mean()[channel])
                    / normalization.deviation()[channel];
        }
        float[][] actual;
        try (OnnxTensor images = runtime.images(nchw, batch, 3, height, width)) {
            actual = runtime.run(images);
        }
        assertThat(actual).hasDimensions(batch, CLASSES);
        try (Scope _ = Scope.open()) {
            Tensor images = Tensor.of(model.namedParameters().values().iterator().next().backend(),
                    Shape.of(batch, height, width, 3), nhwc);
            double[] logits = model.logits(Variable.constant(images)).value().toDoubles();
            for (int i = 0; i < logits.length; i++) {
                // Some twenty layers round to 2^-24 each; a logit's error counts at most a quarter in its probability.
                assertThat((double) actual[i / CLASSES][i % CLASSES]).isCloseTo(1 / (1 + Math.exp(-logits[i])),
                        within(1e-5));
            }
            assertThat(logits).doesNotHaveDuplicates();
        }
    }
}
