package dev.cprfl.bench;

import dev.cprfl.cli.FmaPeak;

/** What the machine can do at most. */
public enum Ceiling implements Work {
    /** Multiply-adds in registers: operations of one call in one thread. */
    FMA(FmaPeak.FLOP_PER_THREAD, 0),
    /** Sum of one array. */
    READ(0, 4.0 * Ceiling.LENGTH),
    /** a = b + s c (McCalpin's STREAM): two arrays read, one written; that writing reads the old lines first is not counted. */
    TRIAD(0, 12.0 * Ceiling.LENGTH);

    /** Floats in an array: 512 MiB, so that no cache holds it. */
    static final int LENGTH = 1 << 27;

    private final double flop;
    private final double bytes;

    Ceiling(double flop, double bytes) {
        this.flop = flop;
        this.bytes = bytes;
    }

    @Override
    public String title() {
        return name();
    }

    @Override
    public double flop() {
        return flop;
    }

    @Override
    public double bytes() {
        return bytes;
    }
}
