package dev.cprfl.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The system loader's own calls. A library that is loaded through them stays loaded, and serves whoever asks for its name. */
@SuppressWarnings("restricted")
final class Native {

    /** All symbols are bound at once and serve libraries that are loaded later: RTLD_NOW | RTLD_GLOBAL of glibc. */
    private static final int NOW_FOR_ALL = 0x102;

    private static final Linker LINKER = Linker.nativeLinker();

    private Native() {}

    /**
     * Loads a library.
     *
     * @param library a path, or a name that the loader looks for in LD_LIBRARY_PATH and its own folders
     * @return null, or why it cannot be loaded, in the loader's words
     */
    static String load(String library) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle dlopen = function(LINKER.defaultLookup(), "dlopen", ValueLayout.ADDRESS, ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT);
            // Looked up before, because looking up clears what it would say.
            MethodHandle dlerror = function(LINKER.defaultLookup(), "dlerror", ValueLayout.ADDRESS);
            MemorySegment handle = (MemorySegment) dlopen.invokeExact(arena.allocateFrom(library), NOW_FOR_ALL);
            if (handle.address() != 0) {
                return null;
            }
            MemorySegment words = (MemorySegment) dlerror.invokeExact();
            return words.address() == 0 ? "unknown reason" : words.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @throws IllegalStateException if there is no such function */
    static MethodHandle function(SymbolLookup library, String name, ValueLayout result, ValueLayout... parameters) {
        MemorySegment address = library.find(name)
                .orElseThrow(() -> new IllegalStateException("it has no function " + name));
        return LINKER.downcallHandle(address, FunctionDescriptor.of(result, parameters));
    }

    /** What a method handle declares to throw and a native function does not. */
    static RuntimeException unexpected(Throwable e) {
        if (e instanceof RuntimeException known) {
            return known;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(e);
    }
}
