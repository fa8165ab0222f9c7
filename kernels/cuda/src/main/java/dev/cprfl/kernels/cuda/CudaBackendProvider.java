package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import java.util.List;
import java.util.Locale;

/** Offers the CUDA backend. Loads nothing native before it is asked whether it can run. */
public final class CudaBackendProvider implements BackendProvider {

    /** The default first. */
    private static final List<String> VARIANTS = List.of("tf32", "fp32", "bf16");

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int priority() {
        return 20;
    }

    @Override
    public String obstacle() {
        return CudaProbe.result().obstacle();
    }

    @Override
    public List<String> variants() {
        return VARIANTS;
    }

    @Override
    public String exactVariant() {
        return "fp32";
    }

    @Override
    public String obstacle(String variant) {
        return obstacle(precision(variant), CudaProbe.result());
    }

    static String obstacle(Precision precision, CudaProbe probe) {
        return probe.obstacle() == null && precision == Precision.BF16 && probe.capability() < CudaProbe.BFLOAT16
                ? "bf16 needs compute capability " + CudaProbe.dotted(CudaProbe.BFLOAT16) + "; the device "
                        + probe.device()
                        + " has " + CudaProbe.dotted(probe.capability())
                : probe.obstacle();
    }

    @Override
    public Backend open(int threads) {
        return open(threads, VARIANTS.getFirst());
    }

    @Override
    public Backend open(int threads, String variant) {
        return new CudaBackend(precision(variant));
    }

    private static Precision precision(String variant) {
        return Precision.valueOf(variant.toUpperCase(Locale.ROOT));
    }
}
