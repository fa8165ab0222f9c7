package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.GemmShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.cuda.global.cublas;

/**
 * Matrix products by cuBLAS. cuBLAS thinks in columns: a row-major matrix is its transpose there, so C = op(A) op(B) is asked for
 * as C' = op(B)' op(A)', with the operands changed over and nothing moved.
 */
final class Gemm {

    private static final int CUDA_FLOAT = 0; // CUDA_R_32F
    private static final int CUDA_BFLOAT16 = 14; // CUDA_R_16BF

    private final Device device;
    private final Epilogue epilogue;
    private final int computeType;
    private final Address one = new Address();
    private final Address zero = new Address();
    private final Address addressA = new Address();
    private final Address addressB = new Address();
    private final Address addressC = new Address();

    Gemm(Device device, Epilogue epilogue, Precision precision, Arena arena) {
        this.device = device;
        this.epilogue = epilogue;
        computeType = precision == Precision.TF32
                ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32
                : cublas.CUBLAS_COMPUTE_32F;
        MemorySegment factors = arena.allocate(ValueLayout.JAVA_FLOAT, 2);
        factors.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
        one.at(factors.address());
        zero.at(factors.address() + Float.BYTES);
    }

    static int cudaType(Type type) {
        return type == Type.FLOAT ? CUDA_FLOAT : CUDA_BFLOAT16;
    }

    /**
     * C = op(A) op(B) + bias.
     *
     * @param type of A and B
     * @param typeC float, or that of A and B
     * @param bias address of floats, or 0
     */
    void gemm(GemmShape s, Type type, long a, long b, long bias, Type typeC, long c) {
        if (s.batch() == 0 || s.m() == 0 || s.n() == 0) {
            return;
        }
        if (s.k() > 0) {
            product(s, type, a, b, typeC, c);
        }
        if (bias != 0 || s.k() == 0) {
            epilogue.addBias(s.batch(), s.m(), s.n(), s.ldc(), s.strideC(), s.k() > 0, typeC, bias, c);
        }
    }

    private void product(GemmShape s, Type type, long a, long b, Type typeC, long c) {
        int in = cudaType(type);
        Status.blas(
                cublas.cublasGemmStridedBatchedEx(device.blas, s.transposeB() ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N,
                        s.transposeA() ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N, s.n(), s.m(), s.k(), one,
                        addressB.at(b), in,
                        Math.max(1, s.ldb()), s.strideB(), addressA.at(a), in, Math.max(1, s.lda()), s.strideA(), zero,
                        addressC.at(c),
                        cudaType(typeC), s.ldc(), s.strideC(), s.batch(), computeType, cublas.CUBLAS_GEMM_DEFAULT),
                "matrix product " + s);
    }
}
