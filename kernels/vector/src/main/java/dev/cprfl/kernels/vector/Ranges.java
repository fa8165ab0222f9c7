package dev.cprfl.kernels.vector;

/** Cuts the items of an operation into ranges, one a task. The cuts depend on the shape only, not on the threads. */
final class Ranges {

    /** Floats of one task: 64 KiB, microseconds of work and a fraction of the second-level cache. */
    static final int FLOATS = 16384;

    /** Does the items from {@code from} up to {@code to}. */
    interface Body {
        void run(int from, int to);
    }

    private Ranges() {}

    /**
     * Runs {@code body} over the items 0 to items - 1, several at a time.
     *
     * @param width floats in an item
     */
    static void run(Workers workers, int items, int width, Body body) {
        int step = Math.max(1, FLOATS / Math.max(1, width));
        int tasks = count(items, step);
        if (tasks == 1) {
            body.run(0, items);
        } else {
            workers.run(tasks, task -> body.run(task * step, Math.min(items, (task + 1) * step)));
        }
    }

    /** How many ranges of {@code step} cover {@code items}. */
    static int count(int items, int step) {
        return Math.ceilDiv(items, step);
    }
}
