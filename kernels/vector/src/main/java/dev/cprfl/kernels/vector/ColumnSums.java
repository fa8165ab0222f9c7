package dev.cprfl.kernels.vector;

import java.util.Arrays;

/**
 * Sums over the rows of a matrix, one or more for each column. The rows are cut into pieces, of which each adds up its own
 * in double; then the pieces' sums are added in order.
 */
final class ColumnSums {

    /** At most so many pieces, and at least so many rows in a piece: the sums must stay small beside the rows. */
    private static final int PIECES = 64;
    private static final int LEAST_ROWS = 32;

    /** Adds what the rows {@code from} up to {@code to} contribute to the sums that start at {@code sums[at]}. */
    interface Piece {
        void add(int from, int to, double[] sums, int at);
    }

    private ColumnSums() {}

    /** The sums: the first {@code count} numbers of this thread's {@link Scratch#doubles}. */
    static double[] overRows(Workers workers, int rows, int count, Piece work) {
        int least = Math.max(LEAST_ROWS, Ranges.FLOATS / Math.max(1, count));
        int step = Math.max(least, Math.ceilDiv(rows, PIECES));
        int pieces = Math.max(1, Math.ceilDiv(rows, step));
        double[] sums = Scratch.doubles(pieces * count);
        Arrays.fill(sums, 0, pieces * count, 0);
        workers.run(pieces, piece -> work.add(piece * step, Math.min(rows, (piece + 1) * step), sums, piece * count));
        for (int piece = 1; piece < pieces; piece++) {
            Doubles.add(sums, piece * count, sums, 0, count);
        }
        return sums;
    }
}
