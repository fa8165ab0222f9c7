package dev.cprfl.kernels.cuda;

/** How many blocks a kernel needs. */
final class Grid {

    /** Threads of a block, unless a kernel says otherwise. */
    static final int THREADS = 256;

    private Grid() {}

    /** Numbers in 16 bytes, the most that a thread reads at once: PER_THREAD in the sources. */
    static int perThread(Type type) {
        return 16 / type.bytes;
    }

    /** Blocks of {@link #THREADS} threads, one thread for each of {@code n} numbers. */
    static int ofSingles(long n) {
        return (int) ceil(n, THREADS);
    }

    /** Blocks of {@link #THREADS} threads, each thread with {@link #perThread} of {@code n} numbers. */
    static int ofNumbers(long n, Type type) {
        return ofSingles(ceil(n, perThread(type)));
    }

    /** Blocks as {@link #ofNumbers}, for runs of {@code length} numbers that each begin with a thread of their own. */
    static int ofRuns(int runs, int length, Type type) {
        return ofSingles(runs * ceil(length, perThread(type)));
    }

    /** n / size, rounded up. */
    static long ceil(long n, long size) {
        return (n + size - 1) / size;
    }
}
