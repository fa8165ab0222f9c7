package dev.cprfl.kernels;

import java.util.List;

/** A backend's entry for ServiceLoader: says whether it can run on this machine and opens it. */
public interface BackendProvider {

    /** The backend's name. */
    String name();

    /** Higher is faster; the choice of {@code auto}. */
    int priority();

    /** Why this backend cannot run here, in one line, or null where it can. Never throws, never loads native code twice. */
    String obstacle();

    /**
     * Opens the backend.
     *
     * @param threads worker threads; 0 for one per processor
     */
    Backend open(int threads);

    /** What can be chosen as {@code name:variant}, such as precisions; the bare name means the first. Empty where there is one way. */
    default List<String> variants() {
        return List.of();
    }

    /** {@link #obstacle()} of one of the {@link #variants()}. */
    default String obstacle(String variant) {
        return obstacle();
    }

    /** {@link #open(int)} in one of the {@link #variants()}. */
    default Backend open(int threads, String variant) {
        return open(threads);
    }

    /** The variant that computes in full float or double, or null where the backend does so always. */
    default String exactVariant() {
        return null;
    }
}
