// Sums y[o, i] of x[o, :, i], and the search for numbers that are not finite. Which numbers a thread adds, and in which order,
// follows from the shape only.

// y[i] = value, y being of floats or of Numbers.
__device__ __forceinline__ void storeSum(void* y, int toFloat, unsigned i, float value) {
    if (toFloat) {
        ((float*)y)[i] = value;
    } else {
        store((Number*)y + i, value);
    }
}

// The sum of v, as a tree.
template <int N> __device__ __forceinline__ float sumOf(float (&v)[N]) {
#pragma unroll
    for (int half = N / 2; half > 0; half /= 2) {
#pragma unroll
        for (int k = 0; k < half; k++) {
            v[k] += v[k + half];
        }
    }
    return v[0];
}

// This thread's share of the sum of x[from] to before x[to]. Whole chunks first, many of them on their way at once.
template <bool CHUNKS, class T>
__device__ __forceinline__ float sumOfThread(const T* x, unsigned from, unsigned to, unsigned thread, unsigned threads) {
    constexpr int size = 16 / sizeof(T);
    float sum[size] = {};
    unsigned i = from + thread * size;
#pragma unroll 4
    for (; i + size <= to; i += threads * size) {
        add<CHUNKS>(x + i, size, sum);
    }
    if (i < to) {
        add<false>(x + i, to - i, sum);
    }
    return sumOf(sum);
}

template <class T>
__device__ __forceinline__ float sumOfThread(const T* x, unsigned from, unsigned to, unsigned thread, unsigned threads) {
    return movesInChunks(x + from, 0, 0) ? sumOfThread<true>(x, from, to, thread, threads)
                                         : sumOfThread<false>(x, from, to, thread, threads);
}

// sum = the sums of neighbouring columns, the first of which starts at x, over the rows from first to before end, step apart.
template <bool CHUNKS, class T, int N>
__device__ __forceinline__ void sumOfRows(const T* x, unsigned first, unsigned end, unsigned step, unsigned inner, unsigned rest,
        float (&sum)[N]) {
#pragma unroll 4
    for (unsigned r = first; r < end; r += step) {
        add<CHUNKS>(x + r * inner, rest, sum);
    }
}

template <class T, int N>
__device__ __forceinline__ void sumOfRows(const T* x, unsigned first, unsigned end, unsigned step, unsigned inner, unsigned rest,
        float (&sum)[N]) {
    if (movesInChunks(x, rest, N) && inner % N == 0) {
        sumOfRows<true>(x, first, end, step, inner, rest, sum);
    } else {
        sumOfRows<false>(x, first, end, step, inner, rest, sum);
    }
}

__device__ __forceinline__ float sumOfWarp(float value) {
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, lanes);
    }
    return value;
}

// A warp sums a row of x [outer, reduced].
template <class T>
__device__ __forceinline__ void shortRows(unsigned outer, unsigned reduced, const T* x, int toFloat, void* y) {
    unsigned o = blockIdx.x * blockDim.y + threadIdx.y;
    if (o < outer) {
        float sum = sumOfWarp(sumOfThread(x + o * reduced, 0, reduced, threadIdx.x, 32));
        if (threadIdx.x == 0) {
            storeSum(y, toFloat, o, sum);
        }
    }
}

// A block of 256 threads sums a part of a row of x [outer, reduced]; y is [outer, parts].
template <class T>
__device__ __forceinline__ void longRows(unsigned reduced, unsigned parts, unsigned partLength, const T* x, int toFloat, void* y) {
    __shared__ float sums[8];
    unsigned from = blockIdx.x % parts * partLength;
    unsigned to = min(reduced, from + partLength);
    float sum = sumOfWarp(sumOfThread(x + blockIdx.x / parts * reduced, from, to, threadIdx.x, blockDim.x));
    if (threadIdx.x % 32 == 0) {
        sums[threadIdx.x / 32] = sum;
    }
    __syncthreads();
    if (threadIdx.x < 32) {
        sum = sumOfWarp(threadIdx.x < 8 ? sums[threadIdx.x] : 0);
        if (threadIdx.x == 0) {
            storeSum(y, toFloat, blockIdx.x, sum);
        }
    }
}

// A thread sums 16 bytes' worth of columns of x [outer, reduced, inner].
template <class T>
__device__ __forceinline__ void shortColumns(unsigned outer, unsigned reduced, unsigned inner, const T* x, int toFloat, void* y) {
    constexpr int size = 16 / sizeof(T);
    unsigned threads = (inner + size - 1) / size;
    unsigned o = threadNumber() / threads;
    unsigned c = threadNumber() % threads * size;
    if (o < outer) {
        float sum[size] = {};
        sumOfRows(x + (o * reduced * inner + c), 0, reduced, 1, inner, inner - c, sum);
#pragma unroll
        for (int k = 0; k < size; k++) {
            if (k < inner - c) {
                storeSum(y, toFloat, o * inner + c + k, sum[k]);
            }
        }
    }
}

// A block sums a part of the rows in 32 threads' columns of x [outer, reduced, inner]; y is [outer, parts, inner]. Eight
// threads share a column: each takes every eighth row, then their sums are added as a tree.
template <class T>
__device__ __forceinline__ void longColumns(unsigned reduced, unsigned inner, unsigned parts, unsigned partLength, unsigned across,
        const T* x, int toFloat, void* y) {
    constexpr int size = 16 / sizeof(T);
    __shared__ float sums[8][size][32];
    unsigned c = (blockIdx.x % across * 32 + threadIdx.x) * size;
    unsigned part = blockIdx.x / across % parts;
    unsigned o = blockIdx.x / across / parts;
    unsigned from = part * partLength;
    unsigned to = min(reduced, from + partLength);
    float sum[size] = {};
    if (c < inner) {
        sumOfRows(x + (o * reduced * inner + c), from + threadIdx.y, to, 8, inner, inner - c, sum);
    }
#pragma unroll
    for (int k = 0; k < size; k++) {
        sums[threadIdx.y][k][threadIdx.x] = sum[k];
    }
    for (int half = 4; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
#pragma unroll
            for (int k = 0; k < size; k++) {
                sums[threadIdx.y][k][threadIdx.x] += sums[threadIdx.y + half][k][threadIdx.x];
            }
        }
    }
    if (threadIdx.y == 0 && c < inner) {
#pragma unroll
        for (int k = 0; k < size; k++) {
            if (k < inner - c) {
                storeSum(y, toFloat, (o * parts + part) * inner + c + k, sums[0][k][threadIdx.x]);
            }
        }
    }
}

#define SUMS(SUFFIX, T)                                                                                                    \
    extern "C" __global__ void sumShortRows##SUFFIX(unsigned outer, unsigned reduced, const T* x, int toFloat, void* y) {  \
        shortRows(outer, reduced, x, toFloat, y);                                                                          \
    }                                                                                                                      \
    extern "C" __global__ void sumLongRows##SUFFIX(unsigned reduced, unsigned parts, unsigned partLength, const T* x,      \
            int toFloat, void* y) {                                                                                        \
        longRows(reduced, parts, partLength, x, toFloat, y);                                                               \
    }                                                                                                                      \
    extern "C" __global__ void sumShortColumns##SUFFIX(unsigned outer, unsigned reduced, unsigned inner, const T* x,       \
            int toFloat, void* y) {                                                                                        \
        shortColumns(outer, reduced, inner, x, toFloat, y);                                                                \
    }                                                                                                                      \
    extern "C" __global__ void sumLongColumns##SUFFIX(unsigned reduced, unsigned inner, unsigned parts,                    \
            unsigned partLength, unsigned across, const T* x, int toFloat, void* y) {                                      \
        longColumns(reduced, inner, parts, partLength, across, x, toFloat, y);                                             \
    }

SUMS(, Number)
#ifdef NUMBER_IS_BFLOAT16
SUMS(OfFloats, float)
#endif

// ---- the first number that is not finite -----------------------------------------------------------------------------------

extern "C" __global__ void noneFound(int* result) { *result = -1; }

// Lowers result, which is -1 and as an unsigned number the largest. The lowest index is the same in whatever order it is found.
extern "C" __global__ void firstNonFinite(unsigned n, const Number* x, unsigned* result) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
        load(x + i, n - i, v);
        int first = PER_THREAD;
#pragma unroll
        for (int k = PER_THREAD - 1; k >= 0; k--) {
            if (!(fabsf(v[k]) <= 3.402823466e38f)) {
                first = k;
            }
        }
        if (first < PER_THREAD && i + first < *(volatile unsigned*)result) {
            atomicMin(result, i + first);
        }
    }
}
