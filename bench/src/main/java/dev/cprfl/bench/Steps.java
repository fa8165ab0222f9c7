package dev.cprfl.bench;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Storage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The steps from the naive matrix product to the engine's. Run these alone with the argument {@code \.Steps|Roofline}. */
public class Steps extends OnBackend {

    @Param
    public Step shape;

    int m = Step.SIZE;
    int n = Step.SIZE;
    int k = Step.SIZE;

    private float[] a;
    private float[] b;
    private float[] c;
    private Backend engine;
    private Storage engineA;
    private Storage engineB;
    private Storage engineC;

    @Override
    void prepare() {
        a = randomFloats(m * k);
        b = randomFloats(k * n);
        c = new float[m * n];
        engine = shape == Step.KERNEL ? Backends.open("vector", 1) : backend;
        engineA = moved(a);
        engineB = moved(b);
        engineC = moved(c);
    }

    private Storage moved(float[] numbers) {
        Storage storage = engine.memory().allocate(numbers.length);
        engine.memory().write(numbers, 0, storage);
        return storage;
    }

    @Benchmark
    public Object ours() {
        if (shape.isEngine()) {
            engine.gemm(GemmShape.of(m, n, k, false, false), engineA, engineB, null, engineC);
            return engineC;
        }
        shape.multiply(m, n, k, a, b, c);
        return c;
    }

    /** C. */
    float[] result() {
        if (shape.isEngine()) {
            engine.memory().read(engineC, c, 0);
        }
        return c;
    }

    /** A: [m, k]. */
    float[] left() {
        return a;
    }

    /** B: [k, n]. */
    float[] right() {
        return b;
    }

    @Override
    public void close() {
        if (shape == Step.KERNEL) {
            engine.close();
        }
        super.close();
    }
}
