package dev.cprfl.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Ends the launcher's filter. The launcher hides the one line that Java prints about incubator modules by starting Java
 * with a filtered standard error; the unfiltered one is the descriptor in the property {@code cprfl.stderr}.
 */
final class StandardError {

    private StandardError() {}

    /** Makes the launcher's own standard error ours again, for Java and for native code; a no-op without a launcher. */
    @SuppressWarnings("restricted") // the launcher enables native access
    static void restore() {
        Integer original = Integer.getInteger("cprfl.stderr");
        if (original == null) {
            return;
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle dup2 = linker.downcallHandle(linker.defaultLookup().findOrThrow("dup2"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            int ignored = (int) dup2.invokeExact((int) original, 2);
        } catch (Throwable e) {
            throw new AssertionError("dup2 is a plain C function and throws nothing", e);
        }
    }
}
