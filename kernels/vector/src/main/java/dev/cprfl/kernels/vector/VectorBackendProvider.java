package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;

/** Offers the vector backend. Touches no vector class before {@link #open}, so it can say that the module is missing. */
public final class VectorBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return VectorBackend.NAME;
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public String obstacle() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? null
                : "the module jdk.incubator.vector is missing; start java with --add-modules jdk.incubator.vector";
    }

    @Override
    public Backend open(int threads) {
        return new VectorBackend(threads);
    }
}
