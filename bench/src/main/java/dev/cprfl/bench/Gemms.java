package dev.cprfl.bench;

import dev.cprfl.kernels.Storage;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Matrix products, beside EJML's: plain Java, one thread. Run these alone with the argument {@code \.Gemms}. */
public class Gemms extends OnBackend {

    @Param
    public Gemm shape;

    private Storage a;
    private Storage b;
    private Storage c;
    private FMatrixRMaj ejmlA;
    private FMatrixRMaj ejmlB;
    private FMatrixRMaj ejmlC;

    @Override
    void prepare() {
        int m = shape.m;
        int n = shape.n;
        int k = shape.k;
        a = random(m * k);
        b = random(k * n);
        c = random(m * n);
        ejmlA = new FMatrixRMaj(m, k, true, randomFloats(m * k));
        ejmlB = shape.transposeB
                ? new FMatrixRMaj(n, k, true, randomFloats(k * n))
                : new FMatrixRMaj(k, n, true, randomFloats(k * n));
        ejmlC = new FMatrixRMaj(m, n);
    }

    @Benchmark
    public Storage ours() {
        backend.gemm(shape.shape(), a, b, null, c);
        return c;
    }

    @Benchmark
    public FMatrixRMaj ejml() {
        if (shape.transposeB) {
            CommonOps_FDRM.multTransB(ejmlA, ejmlB, ejmlC);
        } else {
            CommonOps_FDRM.mult(ejmlA, ejmlB, ejmlC);
        }
        return ejmlC;
    }
}
