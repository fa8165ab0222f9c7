package dev.cprfl.cli.report;

import java.util.List;
import java.util.Map;

/**
 * What a report shows; {@link ReportPage} says how. Fractions are in [0, 1]; null stands for what could not be computed.
 *
 * @param summary one or two sentences: what was trained on what, and for how long
 * @param runs the model first, then what it is compared with
 * @param prompts null where the model has none
 * @param notes what a reader has to know to judge the numbers
 */
public record Report(String title, String summary, List<Run> runs, List<ClassRow> classes, Prompts prompts,
        List<Example> examples, List<String> notes, List<Facts> facts) {

    /**
     * What became of the prompts.
     *
     * @param names and groups (head, medium or tail) by class
     * @param before and after: P when the training began and at its end, [c][d]
     * @param pulls in single steps, in their order
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Prompts(List<String> names, List<String> groups, double[][] before, double[][] after,
            List<Pull> pulls) {}

    /** How the two paths of E10 pulled at the prompts in a step: norms of the gradients, and their cosine or null. */
    public record Pull(long step, double direct, double indirect, Double cosine) {}

    /**
     * One trained model.
     *
     * @param meanAveragePrecision on the test images by group: total, head, medium, tail
     */
    public record Run(String name, List<Epoch> epochs, Map<String, Double> meanAveragePrecision) {}

    /** @param meanAveragePrecision on the images that selected the weights, or null where the epoch was not evaluated */
    public record Epoch(int number, double loss, Double meanAveragePrecision) {}

    /**
     * One class.
     *
     * @param group head, medium or tail
     * @param averagePrecision of each run, in the order of the runs
     */
    public record ClassRow(String name, String group, int trainImages, int testImages, List<Double> averagePrecision) {}

    /**
     * A test image.
     *
     * @param picture a data URL, see {@link Html#dataUrl}
     * @param looks where the model looked for some of the classes
     */
    public record Example(String name, String picture, List<Label> labels, List<Look> looks) {}

    /** What a prediction turned out to be. */
    public enum Verdict {
        RIGHT, WRONG, MISSED
    }

    /** @param probability of the class, whether predicted or missed */
    public record Label(String name, double probability, Verdict verdict) {}

    /** @param overlay a data URL of the picture with the attention of the class drawn over it */
    public record Look(String label, String overlay) {}

    /** A table of settings or origins, in the order of the map. */
    public record Facts(String title, Map<String, String> entries) {}
}
