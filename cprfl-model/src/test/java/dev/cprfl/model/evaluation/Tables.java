package dev.cprfl.model.evaluation;

import dev.cprfl.tensor.Rng;

/** Score tables for tests. */
final class Tables {

    private Tables() {}

    /** @param probabilities and targets [rows][classes]; the scores are the logits */
    static ScoreTable of(double[][] probabilities, int[][] targets) {
        ScoreTable table = new ScoreTable(targets[0].length);
        for (int row = 0; row < targets.length; row++) {
            double[] scores = new double[table.classes()];
            double[] shown = new double[table.classes()];
            for (int label = 0; label < scores.length; label++) {
                double p = probabilities[row][label];
                scores[label] = Math.log(p / (1 - p));
                shown[label] = targets[row][label];
            }
            table.add(scores, shown, 1);
        }
        return table;
    }

    /** One class; scores are multiples of a half, so that many are equal, and speak for the class more often than not. */
    static ScoreTable random(int rows, long seed) {
        Rng rng = Rng.of(seed);
        ScoreTable table = new ScoreTable(1);
        for (int row = 0; row < rows; row++) {
            boolean shown = rng.nextInt(3) == 0;
            double score = Math.round(2 * (rng.nextGaussian() + (shown ? 1 : 0))) / 2.0;
            table.add(new double[]{score}, new double[]{shown ? 1 : 0}, 1);
        }
        return table;
    }
}
