package dev.cprfl.kernels;

import java.util.Arrays;

/**
 * What is free of one large piece of memory: gaps in ascending order that do not touch. Backends keep their memory in few such
 * pieces and hand out parts of them. Not thread-safe.
 */
public final class Gaps {

    private final int first;
    private final int end;
    private int[] starts = new int[8];
    private int[] ends = new int[8];
    private int gaps = 1;

    /** Everything from {@code first} to before {@code end} is free. */
    public Gaps(int first, int end) {
        this.first = first;
        this.end = end;
        starts[0] = first;
        ends[0] = end;
    }

    /** Whether nothing is taken. */
    public boolean isWhole() {
        return gaps == 1 && starts[0] == first && ends[0] == end;
    }

    /** The number of the smallest gap of at least this length, or -1. */
    public int find(int room) {
        int best = -1;
        for (int gap = 0; gap < gaps; gap++) {
            int length = ends[gap] - starts[gap];
            if (length >= room && (best < 0 || length < ends[best] - starts[best])) {
                best = gap;
            }
        }
        return best;
    }

    /** Cuts a part off the beginning of a gap that {@link #find} gave; returns where the part begins. */
    public int take(int gap, int room) {
        int start = starts[gap];
        starts[gap] += room;
        if (starts[gap] == ends[gap]) {
            remove(gap);
        }
        return start;
    }

    /** Makes a part a gap again, joined to its neighbours. */
    public void give(int from, int to) {
        int next = Arrays.binarySearch(starts, 0, gaps, from);
        next = -next - 1; // no gap begins where a part does
        boolean joinsPrevious = next > 0 && ends[next - 1] == from;
        boolean joinsNext = next < gaps && starts[next] == to;
        if (joinsPrevious && joinsNext) {
            ends[next - 1] = ends[next];
            remove(next);
        } else if (joinsPrevious) {
            ends[next - 1] = to;
        } else if (joinsNext) {
            starts[next] = from;
        } else {
            insert(next, from, to);
        }
    }

    private void insert(int gap, int from, int to) {
        if (gaps == starts.length) {
            starts = Arrays.copyOf(starts, 2 * gaps);
            ends = Arrays.copyOf(ends, 2 * gaps);
        }
        System.arraycopy(starts, gap, starts, gap + 1, gaps - gap);
        System.arraycopy(ends, gap, ends, gap + 1, gaps - gap);
        starts[gap] = from;
        ends[gap] = to;
        gaps++;
    }

    private void remove(int gap) {
        gaps--;
        System.arraycopy(starts, gap + 1, starts, gap, gaps - gap);
        System.arraycopy(ends, gap + 1, ends, gap, gaps - gap);
    }
}
