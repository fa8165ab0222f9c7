// Softmax along the rows of a matrix [rows, columns], or of attention's scores: row r belongs to query r % queries, which sees
// the columns (keys) 0 to itself if causal. Threads take neighbouring numbers, so alignment does not matter.

// Numbers further below the row's maximum get probability 0: they change no sum in float, and nothing sinks into the denormal
// range.
#define LOWEST -64.0f

#define MINUS_INFINITY __int_as_float(0xff800000)

__device__ __forceinline__ int visibleColumns(unsigned row, int queries, int columns, int causal) {
    return causal ? min((int)(row % queries) + 1, columns) : columns;
}

__device__ __forceinline__ float exponential(float x) { return x < LOWEST ? 0 : expf(x); }

// y = softmax(scale x); y may be x.
extern "C" __global__ void __launch_bounds__(1024)
softmax(int rows, int queries, int columns, float scale, int causal, const Number* x, Number* y) {
    unsigned row = sharedRow();
    if (row >= (unsigned)rows) {
        return;
    }
    x += (size_t)row * columns;
    y += (size_t)row * columns;
    unsigned visible = visibleColumns(row, queries, columns, causal);
    float most = MINUS_INFINITY;
#pragma unroll 4
    for (unsigned c = threadIdx.x; c < visible; c += blockDim.x) {
        most = larger(most, __fmul_rn(scale, load(x + c)));
    }
    most = overRow(most, MINUS_INFINITY, larger);
    float sum = 0;
#pragma unroll 4
    for (unsigned c = threadIdx.x; c < visible; c += blockDim.x) {
        sum += exponential(__fmul_rn(scale, load(x + c)) - most);
    }
    float inverse = 1 / sumOverRow(sum);
#pragma unroll 4
    for (unsigned c = threadIdx.x; c < visible; c += blockDim.x) {
        store(y + c, exponential(__fmul_rn(scale, load(x + c)) - most) * inverse);
    }
    for (unsigned c = visible + threadIdx.x; c < (unsigned)columns; c += blockDim.x) {
        store(y + c, 0);
    }
}

// dx = scale y (dy - sum(dy y)); dx may be dy.
extern "C" __global__ void __launch_bounds__(1024)
softmaxBackward(int rows, int queries, int columns, float scale, int causal, const Number* y, const Number* dy, Number* dx) {
    unsigned row = sharedRow();
    if (row >= (unsigned)rows) {
        return;
    }
    y += (size_t)row * columns;
    dy += (size_t)row * columns;
    dx += (size_t)row * columns;
    unsigned visible = visibleColumns(row, queries, columns, causal);
    float dot = 0;
#pragma unroll 4
    for (unsigned c = threadIdx.x; c < visible; c += blockDim.x) {
        dot = fmaf(load(dy + c), load(y + c), dot);
    }
    dot = sumOverRow(dot);
#pragma unroll 4
    for (unsigned c = threadIdx.x; c < visible; c += blockDim.x) {
        store(dx + c, scale * (load(y + c) * (load(dy + c) - dot)));
    }
    for (unsigned c = visible + threadIdx.x; c < (unsigned)columns; c += blockDim.x) {
        store(dx + c, 0);
    }
}
