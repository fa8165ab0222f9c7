package dev.cprfl.cli;

import dev.cprfl.model.training.TrainingListener;
import java.io.PrintWriter;
import java.util.Locale;

/** Tells how a training goes: a line every few seconds with loss, rate and time left, and one for each epoch evaluated. */
class TrainingProgress implements TrainingListener {

    private static final double SECONDS_BETWEEN_LINES = 5;

    private final PrintWriter err;
    private final String name;
    private final long started = System.nanoTime();
    private double lastLine;
    private long imagesDone;
    private long firstStep = -1;

    /** @param name put in front of every line */
    TrainingProgress(PrintWriter err, String name) {
        this.err = err;
        this.name = name;
    }

    @Override
    public void step(Step step) {
        if (firstStep < 0) {
            firstStep = step.step() - 1;
        }
        imagesDone += step.images();
        double seconds = (System.nanoTime() - started) / 1e9;
        if (seconds - lastLine < SECONDS_BETWEEN_LINES && step.step() < step.totalSteps()) {
            return;
        }
        lastLine = seconds;
        double left = seconds / (step.step() - firstStep) * (step.totalSteps() - step.step());
        err.printf(Locale.ROOT, "%s: epoch %d of %d, step %d of %d, loss %.4f, %.1f images/s, %s left%n", name,
                Math.min(step.epoch(), step.epochs()), step.epochs(), step.step(), step.totalSteps(), step.loss(),
                imagesDone / seconds, clock(left));
    }

    @Override
    public void epoch(Epoch epoch) {
        if (epoch.metrics() != null && epoch.metrics().map().isPresent()) {
            err.printf(Locale.ROOT, "%s: epoch %d of %d, mean loss %.4f, mAP %.2f %%%s%n", name, epoch.epoch(),
                    epoch.epochs(),
                    epoch.loss(), 100 * epoch.metrics().map().getAsDouble(), epoch.best() ? ", the best so far" : "");
        }
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
