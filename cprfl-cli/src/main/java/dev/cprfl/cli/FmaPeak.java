package dev.cprfl.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The ceiling of this machine's arithmetic: float multiply-adds that wait for no memory. Measured beside a kernel, it turns
 * the kernel's speed into a percentage that survives a change of clock or machine.
 */
public final class FmaPeak {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** Independent chains: enough to hide a latency of five cycles on two units, few enough for 16 registers. */
    private static final int CHAINS = 12;
    private static final int STEPS = 2_000_000;
    /** Without the instruction, {@link FloatVector#fma} computes with BigDecimal. */
    private static final boolean FMA = Boolean.parseBoolean(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).getVMOption("UseFMA").getValue());

    private FmaPeak() {}

    /**
     * GFLOP/s of so many threads together over some 10 milliseconds. Call it several times and take the largest: the first
     * calls run before the compiler is done, and other work can only make it lower.
     */
    public static double gflops(int threads) {
        long start = System.nanoTime();
        run(threads);
        return flop(threads) / (System.nanoTime() - start);
    }

    /** Operations of one {@link #run}, a multiply-add counted as two. */
    public static double flop(int threads) {
        return 2.0 * threads * CHAINS * SPECIES.length() * STEPS;
    }

    /** Multiplies and adds in so many threads, the caller included. */
    public static void run(int threads) {
        Thread[] others = new Thread[threads - 1];
        for (int i = 0; i < others.length; i++) {
            others[i] = Thread.ofPlatform().daemon().start(FmaPeak::burst);
        }
        burst();
        try {
            for (Thread other : others) {
                other.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void burst() {
        FloatVector x = FloatVector.broadcast(SPECIES, 0.5f); // the chains tend to 1, far from denormals
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        FloatVector i = x;
        FloatVector j = x;
        FloatVector k = x;
        FloatVector l = x;
        for (int step = 0; step < STEPS; step++) {
            a = fma(a, x);
            b = fma(b, x);
            c = fma(c, x);
            d = fma(d, x);
            e = fma(e, x);
            f = fma(f, x);
            g = fma(g, x);
            h = fma(h, x);
            i = fma(i, x);
            j = fma(j, x);
            k = fma(k, x);
            l = fma(l, x);
        }
        FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l);
        if (Float.isNaN(sum.reduceLanes(VectorOperators.ADD))) {
            throw new IllegalStateException("keeps the compiler from dropping the loop");
        }
    }

    private static FloatVector fma(FloatVector a, FloatVector x) {
        return FMA ? a.fma(x, x) : a.mul(x).add(x);
    }
}
