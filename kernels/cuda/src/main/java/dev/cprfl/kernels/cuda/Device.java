package dev.cprfl.kernels.cuda;

import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * The first GPU with what a backend needs of it: two queues, one that computes and one that copies, and the handles of cuBLAS and
 * cuDNN on the first.
 */
final class Device implements DeviceMemory.Source, AutoCloseable {

    private static final int ORDINAL = 0;
    /** What NVIDIA recommends for Hopper; without memory of its own, cuBLAS may allocate in the middle of a step. */
    private static final long BLAS_WORKSPACE = 32L << 20;

    final String name;
    /** Compute capability, 90 for 9.0. */
    final int capability;
    final long totalBytes;
    final CUstream_st compute = new CUstream_st();
    final CUstream_st copies = new CUstream_st();
    final cublasContext blas = new cublasContext();
    final cudnnContext dnn = new cudnnContext();
    private final Address pointer = new Address();
    private final Address workspace = new Address();
    private final ThreadLocal<Boolean> bound = ThreadLocal.withInitial(() -> false);

    Device() {
        bind();
        try (cudaDeviceProp properties = new cudaDeviceProp()) {
            Status.cuda(cudart.cudaGetDeviceProperties(properties, ORDINAL), "reading the device's properties");
            name = properties.name().getString();
            capability = 10 * properties.major() + properties.minor();
            totalBytes = properties.totalGlobalMem();
        }
        Status.cuda(cudart.cudaStreamCreateWithFlags(compute, cudart.cudaStreamNonBlocking), "cudaStreamCreate");
        Status.cuda(cudart.cudaStreamCreateWithFlags(copies, cudart.cudaStreamNonBlocking), "cudaStreamCreate");
        Status.blas(cublas.cublasCreate_v2(blas), "cublasCreate");
        Status.blas(cublas.cublasSetStream_v2(blas, compute), "cublasSetStream");
        Status.cuda(cudart.cudaMalloc(workspace, BLAS_WORKSPACE), "allocating cuBLAS's workspace");
        Status.blas(cublas.cublasSetWorkspace_v2(blas, workspace, BLAS_WORKSPACE), "cublasSetWorkspace");
        Status.dnn(cudnn.cudnnCreate(dnn), "cudnnCreate");
        Status.dnn(cudnn.cudnnSetStream(dnn, compute), "cudnnSetStream");
    }

    /** Makes this device the current one of the calling thread, as CUDA demands of every thread. */
    void bind() {
        if (!bound.get()) {
            Status.cuda(cudart.cudaSetDevice(ORDINAL), "cudaSetDevice");
            Status.cuda(cudart.cudaFree(null), "creating the device's context");
            bound.set(true);
        }
    }

    @Override
    public long allocate(long bytes) {
        int code = cudart.cudaMalloc(pointer, bytes);
        if (code == cudart.cudaErrorMemoryAllocation) {
            cudart.cudaGetLastError(); // taken note of
            return 0;
        }
        Status.cuda(code, "cudaMalloc of " + bytes + " bytes");
        return pointer.address();
    }

    @Override
    public void free(long address) {
        Status.cuda(cudart.cudaFree(new Address().at(address)), "cudaFree");
    }

    @Override
    public long freeBytes() {
        try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
            Status.cuda(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
            return free.get();
        }
    }

    /** Waits until all that was queued is done. */
    void synchronize() {
        Status.cuda(cudart.cudaStreamSynchronize(compute), "waiting for the device");
    }

    @Override
    public void close() {
        synchronize();
        cudnn.cudnnDestroy(dnn);
        cublas.cublasDestroy_v2(blas);
        cudart.cudaFree(workspace);
        cudart.cudaStreamDestroy(copies);
        cudart.cudaStreamDestroy(compute);
    }
}
