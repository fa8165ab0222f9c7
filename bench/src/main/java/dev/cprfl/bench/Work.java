package dev.cprfl.bench;

/** How much work one call of a benchmark is. The constants of the enums that implement it are JMH parameters. */
interface Work {

    /** What the tables call it. */
    String title();

    /** Floating-point operations; a multiply-add is two. */
    double flop();

    /** Bytes that cannot be avoided: every input read once, every output written once, more only where the text says so. */
    double bytes();
}
