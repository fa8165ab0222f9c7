package dev.cprfl.kernels.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of this machine. Everything is {@code static final}: the compiler turns vector code into instructions only
 * where it knows the species, and drops branches on these constants.
 */
final class Simd {

    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** Whether there are 32 vector registers (AVX-512, AArch64) and not just 16. */
    static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512
            || System.getProperty("os.arch").equals("aarch64");

    /** Without the instruction, {@link FloatVector#fma} computes with BigDecimal, a thousand times slower. */
    private static final boolean FMA = hasFma();

    private Simd() {}

    /** a b + c, rounded once where the processor can. */
    static FloatVector fma(FloatVector a, FloatVector b, FloatVector c) {
        return FMA ? a.fma(b, c) : a.mul(b).add(c);
    }

    private static boolean hasFma() {
        try {
            return Boolean.parseBoolean(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .getVMOption("UseFMA")
                    .getValue());
        } catch (IllegalArgumentException notHotSpot) {
            return false;
        }
    }
}
