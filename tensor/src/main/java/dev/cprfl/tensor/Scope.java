package dev.cprfl.tensor;

import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.IdentityHashMap;

/**
 * An allocation scope: every tensor that its thread allocates while it is open goes back to the pool when it closes, except
 * those kept. A training step or a prediction runs in one, so that it may forget its intermediates. Scopes nest; a tensor
 * belongs to the innermost.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *     Tensor result = scope.keep(model.forward(images).value());
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {

    private static final ThreadLocal<Scope> INNERMOST = new ThreadLocal<>();

    private final Scope outer;
    private final IdentityHashMap<Storage, Memory> live = new IdentityHashMap<>();

    private Scope(Scope outer) {
        this.outer = outer;
    }

    /** Opens a scope for this thread. */
    public static Scope open() {
        Scope scope = new Scope(INNERMOST.get());
        INNERMOST.set(scope);
        return scope;
    }

    /** Hands the memory of a tensor to the enclosing scope, or to the caller if there is none. */
    public Tensor keep(Tensor tensor) {
        Memory memory = live.remove(tensor.storage());
        if (memory != null && outer != null) {
            outer.live.put(tensor.storage(), memory);
        }
        return tensor;
    }

    static void allocated(Storage storage, Memory memory) {
        Scope scope = INNERMOST.get();
        if (scope != null) {
            scope.live.put(storage, memory);
        }
    }

    static void released(Storage storage) {
        Scope scope = INNERMOST.get();
        while (scope != null && scope.live.remove(storage) == null) {
            scope = scope.outer;
        }
    }

    /**
     * Releases what was allocated and not kept.
     *
     * @throws IllegalStateException if a scope opened later is still open
     */
    @Override
    public void close() {
        if (INNERMOST.get() != this) {
            throw new IllegalStateException(
                    "close the scopes in the reverse order of opening them, on their own thread");
        }
        if (outer == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
        live.forEach((storage, memory) -> memory.release(storage));
        live.clear();
    }
}
