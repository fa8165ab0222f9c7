package dev.cprfl.bench;

import java.util.List;

/**
 * The machine's ceilings as measured.
 *
 * @param gflops operations a second, in units of 10^9
 * @param gigabytes bytes a second, in units of 10^9: the faster of reading and the triad
 */
record Ceilings(double gflops, double gigabytes) {

    /** @throws IllegalArgumentException if the file lacks a measurement of Roofline */
    static Ceilings of(List<Measurement> all) {
        double gflops = 0;
        double gigabytes = 0;
        for (Measurement m : all) {
            if (m.work() instanceof Ceiling ceiling) {
                gflops = Math.max(gflops, ceiling == Ceiling.FMA ? m.gflops() * m.threads() : 0);
                gigabytes = Math.max(gigabytes, m.gigabytes());
            }
        }
        if (gflops == 0 || gigabytes == 0) {
            throw new IllegalArgumentException(
                    "the ceilings are missing: let the regular expression match Roofline too, as in 'Gemms|Roofline'");
        }
        return new Ceilings(gflops, gigabytes);
    }

    /** The least seconds that the work can take. */
    double seconds(Work work) {
        return Math.max(work.flop() / gflops, work.bytes() / gigabytes) / 1e9;
    }

    boolean memoryBinds(Work work) {
        return work.bytes() / gigabytes > work.flop() / gflops;
    }
}
