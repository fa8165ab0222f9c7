package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.LayerNorm;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Those of {@link Kernels} that PyTorch has as an operation, forward; attention as two products with a softmax between them. */
public class PeerKernels extends OnPyTorch {

    private static final int WIDTH = 2048;
    private static final int KEYS = 276;

    @Param({"ATTENTION_BATCH_1", "ATTENTION_BATCH_16", "SOFTMAX", "LAYER_NORM", "GELU", "RELU", "ADAMW"})
    public Kernel shape;

    private Runnable kernel;

    @Override
    void prepare() {
        super.prepare();
        kernel = switch (shape) {
            case ATTENTION_BATCH_1, ATTENTION_BATCH_16 -> attention();
            case SOFTMAX -> on(array(shape.length / KEYS, KEYS), x -> x.softmax(-1));
            case LAYER_NORM -> layerNorm();
            case GELU -> on(array(shape.length), Activation::gelu);
            case RELU -> on(array(shape.length), Activation::relu);
            case ADAMW -> adamW();
            default -> throw new IllegalArgumentException("not compared: " + shape);
        };
    }

    @Benchmark
    public void pytorch() {
        kernel.run();
    }

    private Runnable on(NDArray x, Consumer<NDArray> operation) {
        return () -> call(x, operation);
    }

    private Runnable attention() {
        NDArray q = array(shape.length, 8, 80, 512).mul(1 / Math.sqrt(512));
        NDArray k = array(shape.length, 8, KEYS, 512).transpose(0, 1, 3, 2);
        NDArray v = array(shape.length, 8, KEYS, 512);
        return on(q, x -> x.matMul(k).softmax(-1).matMul(v));
    }

    private Runnable layerNorm() {
        NDArray gamma = array(WIDTH);
        NDArray beta = array(WIDTH);
        return on(array(shape.length / WIDTH, WIDTH),
                x -> LayerNorm.layerNorm(x, new Shape(WIDTH), gamma, beta, 1e-5f));
    }

    private Runnable adamW() {
        NDArray gradient = array(shape.length);
        NDArray m = array(shape.length);
        NDArray v = array(shape.length).square();
        return on(array(shape.length), p -> p.getNDArrayInternal().adamUpdate(new NDList(p, gradient, m, v),
                new NDList(p), 1e-5f, 1e-5f, 1e-4f, 1, -1, 0.9f, 0.999f, 1e-8f, true, true));
    }
}
