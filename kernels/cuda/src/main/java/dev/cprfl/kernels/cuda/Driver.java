package dev.cprfl.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * The few calls of the driver that tell whether there is a device. They go past JavaCPP: there, a function that the library
 * lacks ends the process.
 */
@SuppressWarnings("restricted")
final class Driver {

    /** CUDA_ERROR_NO_DEVICE. */
    static final int NO_DEVICE = 100;

    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int NAME_BYTES = 256;

    private final SymbolLookup library;
    private final Arena arena;
    private final MemorySegment number;

    /** @throws IllegalArgumentException if the library is not loaded */
    Driver(Arena arena) {
        this.arena = arena;
        library = SymbolLookup.libraryLookup(Libraries.DRIVER, arena);
        number = arena.allocate(JAVA_INT);
    }

    /** The newest CUDA that the driver serves: 13000 for 13.0. */
    int version() {
        return check(call("cuDriverGetVersion", number), "cuDriverGetVersion");
    }

    /** Starts the driver; returns 0 or an error's number. */
    int start() {
        try {
            return (int) Native.function(library, "cuInit", JAVA_INT, JAVA_INT).invokeExact(0);
        } catch (Throwable e) {
            throw Native.unexpected(e);
        }
    }

    int devices() {
        return check(call("cuDeviceGetCount", number), "cuDeviceGetCount");
    }

    /** Device 0's compute capability, 90 for 9.0. */
    int capability() {
        return attribute(COMPUTE_CAPABILITY_MAJOR) * 10 + attribute(COMPUTE_CAPABILITY_MINOR);
    }

    private int attribute(int attribute) {
        try {
            int code = (int) Native.function(library, "cuDeviceGetAttribute", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)
                    .invokeExact(number, attribute, 0);
            return check(code, "cuDeviceGetAttribute");
        } catch (Throwable e) {
            throw Native.unexpected(e);
        }
    }

    /** Device 0's name. */
    String name() {
        MemorySegment text = arena.allocate(NAME_BYTES);
        try {
            int code = (int) Native.function(library, "cuDeviceGetName", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)
                    .invokeExact(text, NAME_BYTES - 1, 0);
            check(code, "cuDeviceGetName");
            return text.getString(0);
        } catch (Throwable e) {
            throw Native.unexpected(e);
        }
    }

    /** "error 999, unknown error". */
    String describe(int code) {
        try (Arena own = Arena.ofConfined()) {
            MemorySegment text = own.allocate(ADDRESS);
            int failed = (int) Native.function(library, "cuGetErrorString", JAVA_INT, JAVA_INT, ADDRESS)
                    .invokeExact(code, text);
            return "error " + code + (failed == 0
                    ? ", " + text.get(ValueLayout.ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0)
                    : "");
        } catch (Throwable e) {
            return "error " + code;
        }
    }

    private int call(String function, MemorySegment result) {
        try {
            return (int) Native.function(library, function, JAVA_INT, ADDRESS).invokeExact(result);
        } catch (Throwable e) {
            throw Native.unexpected(e);
        }
    }

    private int check(int code, String function) {
        if (code != 0) {
            throw new IllegalStateException(function + " failed with " + describe(code));
        }
        return number.get(JAVA_INT, 0);
    }
}
