package dev.cprfl.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Tells how many of a known number of things are done: a bar on a terminal, else a line every few seconds. */
final class CountedProgress implements AutoCloseable {

    private static final double FIRST_LINE_AFTER = 2;
    private static final double SECONDS_BETWEEN_LINES = 5;

    private final PrintWriter err;
    private final String task;
    private final String unit;
    private final long total;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private double lastLine = FIRST_LINE_AFTER - SECONDS_BETWEEN_LINES;

    /** @param terminal whether standard error is one */
    CountedProgress(PrintWriter err, boolean terminal, String task, String unit, long total) {
        this.err = err;
        this.task = task;
        this.unit = unit;
        this.total = total;
        this.bar = terminal
                ? new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setUnit(" " + unit, 1).showSpeed()
                        .build()
                : null;
    }

    /** So many are done now. */
    void done(long count) {
        if (bar != null) {
            bar.stepTo(count);
            return;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (count > 0 && seconds - lastLine >= SECONDS_BETWEEN_LINES) {
            lastLine = seconds;
            err.printf(Locale.ROOT, "%s: %d of %d %s, %.1f a second, %.0f s left%n", task, count, total, unit,
                    count / seconds, seconds / count * (total - count));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
