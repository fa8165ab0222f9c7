package dev.cprfl.cli;

import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.model.evaluation.ScoreTable;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Evaluates anybody's scores. */
@Command(name = "metrics", mixinStandardHelpOptions = true,
        description = {
            "Compute mAP (total, head, medium, tail), AP per class, OP OR OF1 CP CR CF1 and top-3 of any scores.",
            "Scores are any real numbers [N, c]; targets are 0 or 1 [N, c]; both are .npy files."},
        footer = {"", "Examples:",
            "  cprfl metrics --scores probabilities.npy --targets targets.npy",
            "  cprfl metrics --scores logits.npy --logits --targets targets.npy --train-counts counts.json --json",
            "",
            "counts.json holds the training images of each class: [775, 4, ...] or {\"class_freq\": [775, 4, ...]}.",
            "Head classes have at least 100, medium 20 to 99, tail fewer than 20."})
final class MetricsCommand implements Callable<Integer> {

    @Mixin
    private Common common;

    @Option(names = "--scores", paramLabel = "S.npy", required = true, description = "Scores [N, c].")
    private Path scores;

    @Option(names = "--targets", paramLabel = "T.npy", required = true, description = "Targets [N, c], 0 or 1.")
    private Path targets;

    @Option(names = "--train-counts", paramLabel = "C.json",
            description = "Training images per class; needed for head, medium and tail.")
    private Path trainCounts;

    @Option(names = "--threshold", paramLabel = "T", defaultValue = "0.5",
            description = "A label counts as predicted from this probability on. Default: 0.5.")
    private double threshold;

    @Option(names = "--logits", description = "Scores are logits; the sigmoid turns them into probabilities.")
    private boolean logits;

    @Override
    public Integer call() throws IOException {
        HostTensor s = matrix(scores);
        HostTensor t = matrix(targets);
        if (!s.shape().equals(t.shape())) {
            throw new UserException("the scores " + scores + " have shape " + s.shape() + ", the targets " + targets
                    + " have shape " + t.shape());
        }
        int images = s.shape().extent(0);
        ScoreTable table = new ScoreTable(s.shape().extent(1));
        table.add(s.toDoubles(), t.toDoubles(), images);
        Prediction prediction = new Prediction(requireProbability(threshold), logits);
        int[] counts = trainCounts == null ? null : readCounts(trainCounts);
        MultiLabelMetrics metrics = counts == null
                ? MultiLabelMetrics.of(table, prediction)
                : MultiLabelMetrics.of(table, prediction, counts);
        EvaluationResult result = EvaluationResult.of(metrics, images, threshold, null, counts);
        common.print(result, result.toText());
        return Main.DONE;
    }

    private static HostTensor matrix(Path file) {
        HostTensor tensor = WeightFile.open(file).only(null);
        if (tensor.shape().rank() != 2 || tensor.shape().extent(1) == 0) {
            throw new UserException(file + ": has shape " + tensor.shape() + ", needed is [images, classes]");
        }
        return tensor;
    }

    static double requireProbability(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new UserException("--threshold " + threshold + ": give a probability between 0 and 1");
        }
        return threshold;
    }

    private static int[] readCounts(Path file) throws IOException {
        byte[] json = Files.readAllBytes(file);
        try {
            JsonNode tree = JsonMapper.shared().readTree(json);
            JsonNode counts = tree.path("class_freq").isArray() ? tree.get("class_freq") : tree;
            return JsonMapper.shared().treeToValue(counts, int[].class);
        } catch (JacksonException e) {
            throw new UserException(file + ": needed is a JSON array of whole numbers, or an object with one under"
                    + " \"class_freq\" (" + e.getOriginalMessage().lines().findFirst().orElse("unreadable") + ")");
        }
    }
}
