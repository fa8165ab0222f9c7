package dev.cprfl.kernels.cuda;

/** A pack is the 16 bytes of neighbouring numbers that a thread moves at once where they are aligned. */
final class Packs {

    private static final int BYTES = 16;

    private Packs() {}

    /** Numbers in a pack. */
    static int width(Type type) {
        return BYTES / type.bytes;
    }
}
