package dev.cprfl.bench;

import dev.cprfl.autograd.Variable;
import dev.cprfl.bench.softplus.ComposedSoftplus;
import dev.cprfl.bench.softplus.Softplus;
import dev.cprfl.bench.softplus.SoftplusKernel;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The operation of {@code docs/autograd.md}, in its three forms. Run these alone with the argument {@code Softpluses|Roofline}. */
public class Softpluses extends OnBackend {

    private static final int LENGTH = 1 << 18;

    /** The forms. Operations are those of the stable formula, with exp and log1p as one each. */
    public enum Way implements Work {
        /** Three operations of the vector backend. */
        COMPOSED,
        /** Loops over doubles, with copies from and to the backend. */
        LOOPS,
        /** The vector kernel on one thread. */
        KERNEL;

        @Override
        public String title() {
            return name() + " " + LENGTH;
        }

        @Override
        public double flop() {
            return 5.0 * LENGTH;
        }

        @Override
        public double bytes() {
            return 8.0 * LENGTH;
        }
    }

    @Param
    public Way shape;

    private float[] numbers;
    private float[] results;
    private Variable x;

    @Override
    void prepare() {
        numbers = randomFloats(LENGTH);
        results = new float[LENGTH];
        x = Variable.constant(Tensor.of(backend, Shape.of(LENGTH), numbers));
    }

    @Benchmark
    public Object ours() {
        if (shape == Way.KERNEL) {
            SoftplusKernel.forward(numbers, 0, results, 0, LENGTH);
            return results;
        }
        try (Scope _ = Scope.open()) {
            Variable y = shape == Way.LOOPS ? Softplus.apply(x) : ComposedSoftplus.apply(x);
            return y.shape();
        }
    }
}
