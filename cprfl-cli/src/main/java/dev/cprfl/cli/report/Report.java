package dev.cprfl.cli.report;

import dev.cprfl.model.evaluation.Bootstrap.Interval;
import dev.cprfl.model.evaluation.Calibration;
import dev.cprfl.model.evaluation.CoOccurrence;
import java.util.List;
import java.util.Map;

/**
 * What a report shows; {@link ReportPage} says how. Fractions are in [0, 1]; null stands for what could not be computed, and for
 * a part that there is nothing to tell about.
 *
 * @param summary one or two sentences: what was trained on what, and for how long
 * @param runs the model first, then what it is compared with
 * @param classes none where no data set was given
 * @param thresholds or null
 * @param calibrations of the model's probabilities, by group
 * @param company which classes the training images show together, or null
 * @param prompts null where the model has none
 * @param examples test images as they come
 * @param hardest test images that the model is most wrong about
 * @param notes what a reader has to know to judge the numbers
 */
public record Report(String title, String summary, List<Run> runs, List<ClassRow> classes, Thresholds thresholds,
        List<GroupCalibration> calibrations, CoOccurrence company, Prompts prompts, List<Example> examples,
        List<Example> hardest, List<String> notes, List<Facts> facts) {

    /**
     * One trained model.
     *
     * @param meanAveragePrecision on the test images by group: total, head, medium, tail
     * @param intervals of them, for the groups that have one
     */
    public record Run(String name, List<Epoch> epochs, Map<String, Double> meanAveragePrecision,
            Map<String, Interval> intervals) {}

    /**
     * @param lr base learning rate at its end
     * @param meanAveragePrecision on the images that selected the weights, by group; empty where it was not evaluated
     */
    public record Epoch(int number, double loss, double lr, Map<String, Double> meanAveragePrecision) {}

    /**
     * One class.
     *
     * @param group head, medium or tail
     * @param averagePrecision of each run, in the order of the runs
     * @param interval of the first run's, or null
     */
    public record ClassRow(String name, String group, int trainImages, int testImages, List<Double> averagePrecision,
            Interval interval) {}

    /**
     * From which probability on each class is best called present.
     *
     * @param chosenOn which images the thresholds were chosen on
     */
    public record Thresholds(String chosenOn, List<Threshold> rows) {}

    /**
     * @param threshold null where the images to choose on do not show the class
     * @param usual F1 on the test images at the threshold 0.5
     * @param chosen F1 on the test images at this threshold
     */
    public record Threshold(String name, String group, Double threshold, Double usual, Double chosen) {}

    /** @param group total, head, medium or tail */
    public record GroupCalibration(String group, Calibration calibration) {}

    /**
     * What became of the prompts.
     *
     * @param names and groups (head, medium or tail) by class
     * @param before P when the training began, [c][d]; null where nobody knows
     * @param after P at its end
     * @param pulls in single steps, in their order
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Prompts(List<String> names, List<String> groups, double[][] before, double[][] after,
            List<Pull> pulls) {}

    /** How the two paths of E10 pulled at the prompts in a step: norms of the gradients, and their cosine or null. */
    public record Pull(long step, double direct, double indirect, Double cosine) {}

    /**
     * A test image.
     *
     * @param loss binary cross-entropy, or null where it is of no interest
     * @param picture a data URL, see {@link Html#dataUrl}
     * @param looks where the model looked for some of the classes
     */
    public record Example(String name, Double loss, String picture, List<Label> labels, List<Look> looks) {}

    /** What a prediction turned out to be. */
    public enum Verdict {
        RIGHT, WRONG, MISSED
    }

    /** @param probability of the class, whether predicted or missed */
    public record Label(String name, double probability, Verdict verdict) {}

    /**
     * The picture with a map of the class drawn over it, twice, as data URLs.
     *
     * @param attention of the class's prompt; null where the model has none
     */
    public record Look(String label, String attention, String gradCam) {}

    /** A table of settings or origins, in the order of the map. */
    public record Facts(String title, Map<String, String> entries) {}
}
