package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.TearDown;

/** PyTorch's own CPU kernels (LibTorch), called through DJL, on as many threads as ours. */
public abstract class OnPyTorch extends OnBackend {

    NDManager manager;

    @Override
    void prepare() {
        System.setProperty("ai.djl.offline", "true"); // the native library comes from the class path
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads()));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        manager = NDManager.newBaseManager("PyTorch");
    }

    @TearDown(Level.Trial)
    public void stop() {
        manager.close();
    }

    NDArray array(long... shape) {
        Shape s = new Shape(shape);
        return manager.create(randomFloats((int) s.size()), s);
    }

    /** Calls an operation and frees all it made: results belong to the manager of the operand. */
    void call(NDArray operand, Consumer<NDArray> operation) {
        try (NDManager step = manager.newSubManager()) {
            operand.attach(step);
            operation.accept(operand);
            operand.attach(manager);
        }
    }
}
