package dev.cprfl.model.evaluation;

import java.util.Arrays;

/**
 * Overall (OP, OR, OF1) and per-class (CP, CR, CF1) precision, recall and F1 in [0, 1], as the multi-label literature and
 * the authors' code count them. With N_correct, N_predicted, N_true per class:
 *
 * <pre>
 * OP = sum N_correct / sum N_predicted      CP = mean N_correct / N_predicted
 * OR = sum N_correct / sum N_true           CR = mean N_correct / N_true
 * F1 = 2 P R / (P + R)
 * </pre>
 *
 * A class that is never predicted counts as N_predicted = 1, in OP too; that is the authors' code. Where theirs divides
 * zero by zero this one does not: F1 is 0 when precision and recall are, a class without positives is left out of CR (it
 * stays in CP, where its false alarms count), and recall is 0 when no class has positives.
 */
public record PrecisionRecall(double op, double or, double of1, double cp, double cr, double cf1) {

    /** Over all labels whose probability reaches the threshold. */
    public static PrecisionRecall of(ScoreTable table, Prediction prediction) {
        return topK(table, prediction, table.classes());
    }

    /** As {@link #of}, but of each row only the k highest scores can count; of equal scores the lower class comes first. */
    public static PrecisionRecall topK(ScoreTable table, Prediction prediction, int k) {
        int classes = table.classes();
        long[] correct = new long[classes];
        long[] predicted = new long[classes];
        long[] actual = new long[classes];
        for (int row = 0; row < table.rows(); row++) {
            for (int label = 0; label < classes; label++) {
                boolean isThere = table.target(row, label);
                actual[label] += isThere ? 1 : 0;
                if (prediction.reaches(table.score(row, label)) && isInTop(table, row, label, k)) {
                    predicted[label]++;
                    correct[label] += isThere ? 1 : 0;
                }
            }
        }
        return of(correct, predicted, actual);
    }

    private static boolean isInTop(ScoreTable table, int row, int label, int k) {
        double score = table.score(row, label);
        int higher = 0;
        for (int other = 0; other < table.classes() && higher < k; other++) {
            double rival = table.score(row, other);
            higher += rival > score || (rival == score && other < label) ? 1 : 0;
        }
        return higher < k;
    }

    private static PrecisionRecall of(long[] correct, long[] predicted, long[] actual) {
        double precisions = 0;
        double recalls = 0;
        int withPositives = 0;
        long predictedSum = 0;
        for (int label = 0; label < correct.length; label++) {
            long atLeastOne = Math.max(predicted[label], 1);
            predictedSum += atLeastOne;
            precisions += (double) correct[label] / atLeastOne;
            if (actual[label] > 0) {
                recalls += (double) correct[label] / actual[label];
                withPositives++;
            }
        }
        long correctSum = Arrays.stream(correct).sum();
        double op = (double) correctSum / predictedSum;
        double or = (double) correctSum / Math.max(Arrays.stream(actual).sum(), 1);
        double cp = precisions / correct.length;
        double cr = recalls / Math.max(withPositives, 1);
        return new PrecisionRecall(op, or, f1(op, or), cp, cr, f1(cp, cr));
    }

    private static double f1(double precision, double recall) {
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }
}
