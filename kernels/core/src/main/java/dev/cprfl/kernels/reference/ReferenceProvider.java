package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;

/** Entry of {@link ReferenceBackend} for ServiceLoader; runs everywhere and comes last. */
public final class ReferenceProvider implements BackendProvider {

    @Override
    public String name() {
        return ReferenceBackend.NAME;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public String obstacle() {
        return null;
    }

    @Override
    public Backend open(int threads) {
        return new ReferenceBackend();
    }
}
