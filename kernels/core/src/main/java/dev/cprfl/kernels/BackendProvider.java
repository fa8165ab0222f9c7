package dev.cprfl.kernels;

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
}
