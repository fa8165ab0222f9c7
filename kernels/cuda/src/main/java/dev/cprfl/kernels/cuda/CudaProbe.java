package dev.cprfl.kernels.cuda;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.Locale;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;

/**
 * Whether CUDA can be used on this machine, found out once: the driver, NVIDIA's libraries, the bindings, the driver's age, a
 * device, its age. The first that is missing is the answer.
 *
 * @param obstacle why not, in one line, or null if it can
 * @param device device 0's name; null where there is an obstacle
 * @param capability its compute capability, 90 for 9.0; 0 where there is an obstacle
 */
record CudaProbe(String obstacle, String device, int capability) {

    /** Compute capability from which on there is arithmetic on bfloat16. */
    static final int BFLOAT16 = 80;

    private static final int OLDEST_DEVICE = 75;
    private static final int OLDEST_DRIVER = 13000;

    private static final Logger LOG = System.getLogger("dev.cprfl.kernels.cuda");

    private static final class Holder {
        static final CudaProbe RESULT = probe(Folders.ofThisMachine());
    }

    /** The result for this machine. Never throws. */
    static CudaProbe result() {
        return Holder.RESULT;
    }

    /** Probes anew; for {@link #result()}, since natives are loaded once in a process. */
    static CudaProbe probe(Folders folders) {
        if (!System.getProperty("os.name").equals("Linux")) {
            return no("CUDA is used on Linux only; this is " + System.getProperty("os.name"));
        }
        try (Arena arena = Arena.ofConfined()) {
            Libraries libraries = new Libraries(folders);
            String missing = libraries.loadDriver();
            if (missing == null) {
                missing = libraries.loadToolkit();
            }
            if (missing == null) {
                missing = loadBindings();
            }
            return missing != null ? no(missing) : ask(new Driver(arena));
        } catch (RuntimeException | LinkageError e) {
            LOG.log(Level.DEBUG, "probing CUDA", e);
            return no(Libraries.DRIVER + " cannot be used: " + firstLine(e));
        }
    }

    /** JavaCPP's own natives, which need the libraries that are loaded by now. */
    private static String loadBindings() {
        try {
            Loader.load(cudart.class);
            Loader.load(cublas.class);
            Loader.load(cudnn.class);
            Loader.load(nvrtc.class);
            return null;
        } catch (RuntimeException | LinkageError e) {
            LOG.log(Level.DEBUG, "loading CUDA's bindings", e);
            return "the bindings of CUDA cannot be loaded: " + firstLine(e);
        }
    }

    private static CudaProbe ask(Driver driver) {
        int version = driver.version();
        if (version < OLDEST_DRIVER) {
            return no("the driver is too old: it serves CUDA " + version / 1000 + "." + version % 1000 / 10 + " and "
                    + OLDEST_DRIVER / 1000 + ".0 is needed; install driver 580 or newer");
        }
        int code = driver.start();
        if (code == Driver.NO_DEVICE || (code == 0 && driver.devices() == 0)) {
            String visible = System.getenv("CUDA_VISIBLE_DEVICES");
            return no("the driver finds no NVIDIA device"
                    + (visible == null ? "" : "; CUDA_VISIBLE_DEVICES is \"" + visible + "\""));
        }
        if (code != 0) {
            return no("the driver does not start: " + driver.describe(code));
        }
        int capability = driver.capability();
        String device = driver.name();
        return capability < OLDEST_DEVICE
                ? no("the device " + device + " is too old: it has compute capability " + dotted(capability) + " and "
                        + dotted(OLDEST_DEVICE) + " is needed")
                : new CudaProbe(null, device, capability);
    }

    /** "9.0" for 90. */
    static String dotted(int capability) {
        return String.format(Locale.ROOT, "%d.%d", capability / 10, capability % 10);
    }

    private static CudaProbe no(String obstacle) {
        return new CudaProbe(obstacle, null, 0);
    }

    /** The deepest cause: it names the library. */
    private static String firstLine(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        return message == null ? deepest.getClass().getSimpleName() : message.lines().findFirst().orElse("");
    }
}
