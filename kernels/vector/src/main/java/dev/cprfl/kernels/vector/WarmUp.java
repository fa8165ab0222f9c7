package dev.cprfl.kernels.vector;

import static dev.cprfl.kernels.vector.GemmTile.COLUMNS;
import static dev.cprfl.kernels.vector.GemmTile.ROWS;
import static dev.cprfl.kernels.vector.GemmTile.STEP_A;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has HotSpot compile the tiles before they are needed. Until then each vector is an object, and a product of two matrices
 * takes a thousand times as long. HotSpot compiles what was called some thousands of times; here these are calls with next to
 * nothing to do, made once in a process by a thread of their own, while the program still reads its files. The system property
 * {@code cprfl.warmUp=false} leaves it out.
 */
final class WarmUp {

    /** HotSpot's threshold is 5000, counted from the first, quick compilation on. */
    private static final int CALLS = 6000;
    /** More than one, so that the compiler sees a loop. */
    private static final int DEPTH = 3;

    private static final AtomicBoolean STARTED = new AtomicBoolean(
            !Boolean.parseBoolean(System.getProperty("cprfl.warmUp", "true")));

    private WarmUp() {}

    /** Starts the thread, unless it was started before. */
    static void start() {
        if (STARTED.compareAndSet(false, true)) {
            Thread thread = new Thread(WarmUp::run, "cprfl-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void run() {
        float[] x = new float[ROWS * STEP_A];
        float[] y = new float[x.length];
        repeat(() -> GemmTile.tall(DEPTH, x, 0, x, 0, COLUMNS, x, 0, 0, y, 0, COLUMNS));
        repeat(() -> GemmTile.few(DEPTH, x, 0, x, 0, COLUMNS, x, 0, 0, y, 0, COLUMNS));
    }

    private static void repeat(Runnable kernel) {
        for (int call = 0; call < CALLS; call++) {
            kernel.run();
        }
    }
}
