package dev.cprfl.kernels;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Finds the backends on the class path and chooses one, once, in the log, with an override. */
public final class Backends {

    /** System property that names the backend where the caller leaves the choice open. */
    public static final String PROPERTY = "cprfl.backend";

    private static final Logger LOG = System.getLogger("dev.cprfl.kernels");

    private Backends() {}

    /** All providers on the class path, the fastest first; those that cannot run here included. */
    public static List<BackendProvider> providers() {
        List<BackendProvider> found = new ArrayList<>(
                ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get).toList());
        found.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
        return found;
    }

    /**
     * Opens a backend.
     *
     * @param name a backend's name, or "auto" for the system property {@value #PROPERTY} or else the fastest that can run
     * @param threads worker threads; 0 for one per processor
     * @throws IllegalArgumentException if there is no such backend, or it cannot run here; the message says why
     */
    public static Backend open(String name, int threads) {
        String wanted = name.equals("auto") ? System.getProperty(PROPERTY, "auto") : name;
        List<BackendProvider> all = providers();
        for (BackendProvider provider : all) {
            boolean named = provider.name().equals(wanted);
            String obstacle = named || wanted.equals("auto") ? provider.obstacle() : null;
            if (named && obstacle != null) {
                throw new IllegalArgumentException("backend " + wanted + " cannot run here: " + obstacle);
            }
            if (named || (wanted.equals("auto") && obstacle == null)) {
                Backend backend = provider.open(threads);
                LOG.log(Level.DEBUG, "backend {0}: {1}", backend.name(), backend.describe());
                return backend;
            }
        }
        throw new IllegalArgumentException(
                "no backend named " + wanted + "; there are "
                        + String.join(", ", all.stream().map(BackendProvider::name).toList()));
    }
}
