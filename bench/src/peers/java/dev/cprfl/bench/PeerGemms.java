package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The matrix products of {@link Gemms} in PyTorch. */
public class PeerGemms extends OnPyTorch {

    @Param
    public Gemm shape;

    private NDArray a;
    private NDArray b;

    @Override
    void prepare() {
        super.prepare();
        a = array(shape.m, shape.k);
        b = shape.transposeB ? array(shape.n, shape.k).transpose() : array(shape.k, shape.n); // a view: nothing moves
    }

    @Benchmark
    public void pytorch() {
        call(a, x -> x.matMul(b));
    }
}
