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
    /** Numbers that one chain goes through in a run, whatever the width of the vectors. */
    private static final int NUMBERS = 1 << 25;
    /** In many short calls, so that the compiler takes the loop up early. */
    private static final int CALLS = 256;
    private static final int STEPS = NUMBERS / CALLS / SPECIES.length();

    /** Operations of one {@link #run} in one thread, a multiply-add counted as two. A constant: no vector class is loaded. */
    public static final double FLOP_PER_THREAD = 2.0 * CHAINS * NUMBERS;

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
        return threads * FLOP_PER_THREAD / (System.nanoTime() - start);
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
        for (int call = 0; call < CALLS; call++) {
            chains();
        }
    }

    private static void chains() {
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
