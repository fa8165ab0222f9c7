package dev.cprfl.tensor.io;

/**
 * How many bytes reading a file may still take. It grows with the file's own size, so that a small file that asks for much, by
 * views that repeat one number or by objects of one byte each, is refused before the memory is taken.
 */
final class Budget {

    /** What any file may take. */
    static final long FREE = 4 << 20;
    /** What each byte of the file allows besides. */
    static final long FACTOR = 16;

    private long left;

    private Budget(long bytes) {
        left = bytes;
    }

    /** For what a file of this many bytes describes. */
    static Budget ofFile(long fileBytes) {
        return new Budget(FREE + FACTOR * fileBytes);
    }

    /** Takes the bytes, or returns false if there are not as many left. */
    boolean take(long bytes) {
        if (bytes > left) {
            return false;
        }
        left -= bytes;
        return true;
    }
}
