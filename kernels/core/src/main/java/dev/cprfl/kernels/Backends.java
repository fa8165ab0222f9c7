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

    private static final BackendProvider CUDA = new Absent("cuda",
            "the module kernels-cuda is not on the class path; CPRFL_CUDA=true ./cprfl builds with it");

    private Backends() {}

    /** All providers, the fastest first; those that cannot run here or are not on the class path included. */
    public static List<BackendProvider> providers() {
        List<BackendProvider> found = new ArrayList<>(loaded());
        if (found.stream().noneMatch(provider -> provider.name().equals(CUDA.name()))) {
            found.add(CUDA);
        }
        return found;
    }

    /** The providers on the class path, each in the variant that computes in full float or double: what tests judge. */
    public static List<BackendProvider> exact() {
        return loaded().stream()
                .map(provider -> provider.exactVariant() == null
                        ? provider
                        : new Variant(provider, provider.exactVariant()))
                .toList();
    }

    /** The names of {@link #exact()} that can run here: what suites of tests go through. */
    public static List<String> exactHere() {
        return exact().stream().filter(provider -> provider.obstacle() == null).map(BackendProvider::name).toList();
    }

    /** The providers on the class path, each in all its variants, the exact one first. */
    public static List<BackendProvider> variants() {
        return loaded().stream().flatMap(provider -> variants(provider).stream()).toList();
    }

    /** A provider in all its variants, the exact one first; itself where it has none. */
    public static List<BackendProvider> variants(BackendProvider provider) {
        return provider.variants().isEmpty()
                ? List.of(provider)
                : provider.variants().stream()
                        .sorted(Comparator.comparing(variant -> !variant.equals(provider.exactVariant())))
                        .<BackendProvider>map(variant -> new Variant(provider, variant)).toList();
    }

    private static List<BackendProvider> loaded() {
        return ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(BackendProvider::priority).reversed()).toList();
    }

    /**
     * Finds a provider, whether it can run here or not.
     *
     * @param name a backend's name, or "name:variant"
     * @throws IllegalArgumentException if there is no such backend or variant; the message names those that there are
     */
    public static BackendProvider provider(String name) {
        int colon = name.indexOf(':');
        String bare = colon < 0 ? name : name.substring(0, colon);
        List<BackendProvider> all = providers();
        BackendProvider provider = all.stream().filter(each -> each.name().equals(bare)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no backend named " + bare + "; there are "
                        + String.join(", ", all.stream().map(BackendProvider::name).toList())));
        if (colon < 0 || provider instanceof Absent) {
            return provider;
        }
        String variant = name.substring(colon + 1);
        if (!provider.variants().contains(variant)) {
            throw new IllegalArgumentException(provider.variants().isEmpty()
                    ? "backend " + bare + " has no variants; leave out \":" + variant + "\""
                    : "backend " + bare + " has no variant \"" + variant + "\"; there are "
                            + String.join(", ", provider.variants()));
        }
        return new Variant(provider, variant);
    }

    /**
     * Opens a backend.
     *
     * @param name a backend's name, or "name:variant", or "auto" for the system property {@value #PROPERTY} or else the fastest
     *        that can run
     * @param threads worker threads; 0 for one per processor
     * @throws IllegalArgumentException if there is no such backend or variant, or it cannot run here; the message says why
     */
    public static Backend open(String name, int threads) {
        String wanted = name.equals("auto") ? System.getProperty(PROPERTY, "auto") : name;
        BackendProvider provider = wanted.equals("auto") ? fastest() : provider(wanted);
        if (provider.obstacle() != null) {
            throw new IllegalArgumentException("backend " + wanted + " cannot run here: " + provider.obstacle());
        }
        Backend backend = provider.open(threads);
        LOG.log(Level.DEBUG, "backend {0}: {1}", backend.name(), backend.describe());
        return backend;
    }

    private static BackendProvider fastest() {
        return loaded().stream().filter(provider -> provider.obstacle() == null).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no backend is on the class path"));
    }
}
