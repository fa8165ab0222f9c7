package dev.cprfl.kernels.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of this machine. Everything is {@code static final}: the compiler turns vector code into instructions only
 * where it knows the species, and drops branches on these constants.
 *
 * <p>All float vectors of the process have this one shape, and vectors of other types have it too. The Vector API's own
 * methods are shared by all callers, and so is what HotSpot notes about them: once a half-wide float vector went through
 * {@code FloatVector.intoArray}, a tile that is compiled later stores its sums on two paths, one for each shape, and to tell
 * which it makes each of them an object in each step of its loop. Measured: a tile at half its speed and 2 GB of garbage in a
 * ResNet-101 forward pass, in some processes and not in others.
 */
final class Simd {

    static final VectorSpecies<Float> SPECIES = VectorSpecies.of(float.class,
            VectorShape.forBitSize(Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize())));
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
