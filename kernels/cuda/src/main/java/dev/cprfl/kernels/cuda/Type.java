package dev.cprfl.kernels.cuda;

/** The types that numbers have in device memory. A kernel's source is compiled for one of them at a time. */
enum Type {
    FLOAT("float", Float.BYTES),
    /** The upper half of a float: 8 bits of exponent, 7 of fraction. */
    BFLOAT16("bfloat16", Short.BYTES);

    /** The type's name in the kernels' sources. */
    final String inSource;
    final int bytes;

    Type(String inSource, int bytes) {
        this.inSource = inSource;
        this.bytes = bytes;
    }
}
