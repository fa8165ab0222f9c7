package dev.cprfl.autograd.optim;

/**
 * The one-cycle policy (Smith and Topin 2018; PyTorch: {@code OneCycleLR} with cosine annealing, two phases, stepped per
 * batch): the learning rate rises from maxLr / divFactor to maxLr over the first part of the steps and falls to
 * maxLr / divFactor / finalDivFactor over the rest; beta1 moves the other way.
 *
 * <p>As in PyTorch the phases end at {@code pctStart * totalSteps - 1} and {@code totalSteps - 1}, which may be fractions, and
 * for very short schedules negative.
 *
 * @param totalSteps number of optimizer steps
 * @param pctStart part of the steps in which the learning rate rises, in (0, 1]
 * @param cycleMomentum whether beta1 moves; where not, it is {@code maxMomentum}
 */
public record OneCycleSchedule(double maxLr, int totalSteps, double pctStart, double divFactor, double finalDivFactor,
        boolean cycleMomentum, double baseMomentum, double maxMomentum) {

    public OneCycleSchedule {
        if (totalSteps < 1) {
            throw new IllegalArgumentException("a schedule needs at least one step, not " + totalSteps);
        }
        if (!(pctStart > 0 && pctStart <= 1)) {
            throw new IllegalArgumentException("pctStart must lie in (0, 1]: " + pctStart);
        }
    }

    /** Base learning rate of a step, counted from 0. */
    public double lr(int step) {
        double initial = maxLr / divFactor;
        return anneal(step, initial, maxLr, initial / finalDivFactor);
    }

    /** AdamW's beta1 of a step, counted from 0. */
    public double beta1(int step) {
        return cycleMomentum ? anneal(step, maxMomentum, baseMomentum, maxMomentum) : maxMomentum;
    }

    private double anneal(int step, double start, double middle, double end) {
        if (step < 0 || step >= totalSteps) {
            throw new IllegalArgumentException("step " + (step + 1) + " of a schedule of " + totalSteps + " steps");
        }
        double peak = pctStart * totalSteps - 1;
        double last = totalSteps - 1;
        if (step <= peak) {
            return peak == 0 ? middle : cosine(start, middle, step / peak); // PyTorch divides by zero there
        }
        return cosine(middle, end, (step - peak) / (last - peak));
    }

    /** Half a cosine wave from {@code from} at 0 to {@code to} at 1. */
    private static double cosine(double from, double to, double part) {
        return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
    }
}
