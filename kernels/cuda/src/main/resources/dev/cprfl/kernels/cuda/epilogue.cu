// What follows a matrix product or a convolution, in one pass over its result.

// c[b, r, j] = (keep ? c[b, r, j] : 0) + bias[j], the rows ldc apart, the matrices stride apart. bias may be null.
extern "C" __global__ void add_bias(int batch, int rows, int columns, int ldc, int stride, int keep, const float* bias,
                                    Number* c) {
    long long n = (long long)batch * rows * columns;
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
        int j = i % columns;
        long long row = i / columns;
        Number* at = c + row / rows * stride + row % rows * ldc + j;
        store(at, (keep ? load(at) : 0.0f) + (bias ? bias[j] : 0.0f));
    }
}

// y = max(y + bias + residual, 0), NaN stays NaN; y is [n / columns, columns]. residual may be null.
extern "C" __global__ void bias_relu(long long n, int columns, const float* bias, const Number* residual, Number* y) {
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
        float value = load(y + i) + bias[i % columns] + (residual ? load(residual + i) : 0.0f);
        store(y + i, value < 0 ? 0.0f : value);
    }
}
