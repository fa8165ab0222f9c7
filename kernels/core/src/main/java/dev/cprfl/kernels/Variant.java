package dev.cprfl.kernels;

/** A provider whose variant is chosen. */
record Variant(BackendProvider of, String variant) implements BackendProvider {

    @Override
    public String name() {
        return of.name() + ":" + variant;
    }

    @Override
    public int priority() {
        return of.priority();
    }

    @Override
    public String obstacle() {
        return of.obstacle(variant);
    }

    @Override
    public Backend open(int threads) {
        return of.open(threads, variant);
    }

    @Override
    public String toString() {
        return name();
    }
}
