package dev.cprfl.model.evaluation;

/**
 * Which labels count as predicted.
 *
 * @param threshold a label counts from this probability on
 * @param logits whether scores are logits, whose sigmoid is the probability, or probabilities already
 */
public record Prediction(double threshold, boolean logits) {

    /** @throws IllegalArgumentException if the threshold is not in [0, 1] */
    public Prediction {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("the threshold " + threshold + " is not in [0, 1]");
        }
    }

    boolean reaches(double score) {
        double probability = logits ? 1 / (1 + Math.exp(-score)) : score;
        return probability >= threshold;
    }
}
