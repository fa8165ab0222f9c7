package dev.cprfl.kernels;

/** Stands for a backend that the project has but the class path does not. */
record Absent(String name, String obstacle) implements BackendProvider {

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Backend open(int threads) {
        throw new IllegalStateException("backend " + name + ": " + obstacle);
    }
}
