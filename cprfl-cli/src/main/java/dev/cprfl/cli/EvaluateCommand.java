package dev.cprfl.cli;

import dev.cprfl.kernels.Backend;
import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.FileSamples;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.ResizedSamples;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.model.training.Run;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a trained network on a split of a data set. */
@Command(name = "evaluate", mixinStandardHelpOptions = true,
        description = {"Compute mAP (total, head, medium, tail), AP per class, OP OR OF1 CP CR CF1 and top-3 of a run.",
            "Head, medium and tail follow the counts of the images that the run was trained on."},
        footer = {"", "Examples:",
            "  cprfl evaluate --run runs/voc --data voc.yaml",
            "  cprfl evaluate --run runs/voc --data voc.yaml --split val --scores logits.npy --json"})
final class EvaluateCommand implements Callable<Integer> {

    @Mixin
    private Common common;

    @Option(names = "--run", paramLabel = "RUN", required = true, description = "The folder of a run.")
    private Path run;

    @Option(names = "--data", paramLabel = "DATASET.yaml", required = true,
            description = "The data set; see check-data.")
    private Path data;

    @Option(names = "--split", paramLabel = "NAME", defaultValue = "test",
            description = "test (the default), val or train.")
    private String split;

    @Option(names = "--threshold", paramLabel = "T", defaultValue = "0.5",
            description = "A label counts as predicted from this probability on. Default: 0.5.")
    private double threshold;

    @Option(names = "--scores", paramLabel = "OUT.npy",
            description = "Write the logits [images, classes], in the order of the split.")
    private Path scores;

    @Override
    public Integer call() {
        Prediction prediction = new Prediction(MetricsCommand.requireProbability(threshold), true);
        Run trained = Run.open(run);
        Dataset dataset = Dataset.read(data);
        List<String> names = trained.classes().names();
        trained.requireClasses(dataset.classNames(), data);
        Samples photos = new FileSamples(dataset.split(split), names.size(),
                new ImageReader(trained.config().data().exifOrientation()));
        Samples samples = new ResizedSamples(photos, trained.config().imageSize(), Resample.BILINEAR, 0);
        ScoreTable table;
        try (Backend backend = common.openBackend();
                CountedProgress progress = common.progress("evaluate", "images", samples.size())) {
            table = Evaluator.score(trained.load(backend), backend, samples, trained.config().evaluationSettings(),
                    progress::done);
        }
        if (scores != null) {
            Npy.write(scores, logits(table));
        }
        int[] counts = trained.classes().counts();
        EvaluationResult result = EvaluationResult.of(MultiLabelMetrics.of(table, prediction, counts), table.rows(),
                threshold, names, counts);
        common.print(result, result.toText());
        return Main.DONE;
    }

    private static HostTensor logits(ScoreTable table) {
        float[] values = new float[table.rows() * table.classes()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) table.score(i / table.classes(), i % table.classes());
        }
        return HostTensor.of(Shape.of(table.rows(), table.classes()), values);
    }
}
