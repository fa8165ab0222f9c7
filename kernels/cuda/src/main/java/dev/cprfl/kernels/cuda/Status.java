package dev.cprfl.kernels.cuda;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;

/** Turns the status codes of NVIDIA's libraries into exceptions that name the call and the library's own words. */
final class Status {

    private Status() {}

    /** @throws IllegalStateException if {@code code} is not success; of the driver's or the runtime's functions, which share codes */
    static void cuda(int code, String what) {
        if (code != cudart.cudaSuccess) {
            throw failed("CUDA", what, code, cudart.cudaGetErrorString(code).getString());
        }
    }

    static void blas(int code, String what) {
        if (code != cublas.CUBLAS_STATUS_SUCCESS) {
            throw failed("cuBLAS", what, code, cublas.cublasGetStatusString(code).getString());
        }
    }

    static void dnn(int code, String what) {
        if (code != cudnn.CUDNN_STATUS_SUCCESS) {
            throw failed("cuDNN", what, code, cudnn.cudnnGetErrorString(code).getString());
        }
    }

    static void rtc(int code, String what) {
        if (code != nvrtc.NVRTC_SUCCESS) {
            throw failed("NVRTC", what, code, nvrtc.nvrtcGetErrorString(code).getString());
        }
    }

    private static IllegalStateException failed(String library, String what, int code, String words) {
        return new IllegalStateException(library + ": " + what + " failed with code " + code + ", " + words);
    }
}
