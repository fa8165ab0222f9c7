package dev.cprfl.model.evaluation;

import dev.cprfl.tensor.UserException;
import java.util.Arrays;
import java.util.BitSet;

/** The scores [N, c] and 0/1 targets [N, c] of an evaluation, gathered batch by batch. */
public final class ScoreTable {

    private final int classes;
    private int rows;
    private double[] scores = new double[0];
    private final BitSet targets = new BitSet();

    /** @param classes number of classes c, at least one */
    public ScoreTable(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException("a score table needs at least one class, not " + classes);
        }
        this.classes = classes;
    }

    /**
     * Appends rows.
     *
     * @param scores [count, c] from the start of the array; logits or probabilities
     * @param targets [count, c] from the start of the array; 0 or 1
     * @throws UserException if a score is NaN or a target is neither 0 nor 1, naming row and class
     */
    public void add(float[] scores, float[] targets, int count) {
        grow(count);
        for (int i = 0; i < count * classes; i++) {
            set(i, scores[i], targets[i]);
        }
        rows += count;
    }

    /** {@link #add(float[], float[], int)} for doubles. */
    public void add(double[] scores, double[] targets, int count) {
        grow(count);
        for (int i = 0; i < count * classes; i++) {
            set(i, scores[i], targets[i]);
        }
        rows += count;
    }

    private void grow(int count) {
        int needed = Math.multiplyExact(Math.addExact(rows, count), classes);
        if (needed > scores.length) {
            scores = Arrays.copyOf(scores, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * scores.length)));
        }
    }

    private void set(int i, double score, double target) {
        if (Double.isNaN(score)) {
            throw new UserException("the score of " + place(i) + " is NaN; metrics need real numbers");
        }
        if (target != 0 && target != 1) {
            throw new UserException("the target of " + place(i) + " is " + target + "; targets are 0 or 1");
        }
        scores[rows * classes + i] = score;
        targets.set(rows * classes + i, target == 1);
    }

    private String place(int i) {
        return "row " + (rows + i / classes) + ", class " + i % classes + " (both counted from 0)";
    }

    public int classes() {
        return classes;
    }

    public int rows() {
        return rows;
    }

    public double score(int row, int label) {
        return scores[row * classes + label];
    }

    /** The sigmoid of a score, for tables of logits. */
    public double probability(int row, int label) {
        return 1 / (1 + Math.exp(-score(row, label)));
    }

    public boolean target(int row, int label) {
        return targets.get(row * classes + label);
    }
}
