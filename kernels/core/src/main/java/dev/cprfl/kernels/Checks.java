package dev.cprfl.kernels;

/** Argument checks that name what was wrong. */
public final class Checks {

    private Checks() {}

    /** @throws IllegalArgumentException naming {@code what} if {@code value} is below {@code least} */
    public static int atLeast(int least, int value, String what) {
        if (value < least) {
            throw new IllegalArgumentException(what + " is " + value + ", must be at least " + least);
        }
        return value;
    }

    /** @throws IllegalArgumentException naming {@code what} if the storage is shorter than {@code least} */
    public static void holds(int least, Storage storage, String what) {
        if (storage.length() < least) {
            throw new IllegalArgumentException(what + " holds " + storage.length() + " numbers, needs " + least);
        }
    }
}
