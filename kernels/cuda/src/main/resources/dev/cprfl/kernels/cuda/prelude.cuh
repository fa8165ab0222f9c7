// What every source begins with. Compiled once for float and once for bfloat16: Number is the type of activations and their
// gradients in memory. Arithmetic is in float, and so are weights, statistics and losses. No header is needed, as NVRTC finds none.

#ifdef NUMBER_IS_BFLOAT16
struct Number { unsigned short bits; };
__device__ __forceinline__ float load(const Number* p) { return __uint_as_float((unsigned)p->bits << 16); }
__device__ __forceinline__ void store(Number* p, float value) {
    unsigned short bits;  // to the nearest, ties to even; NaN stays one
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    p->bits = bits;
}
__device__ __forceinline__ float load(const float* p) { return *p; }
__device__ __forceinline__ void store(float* p, float value) { *p = value; }
#else
typedef float Number;
__device__ __forceinline__ float load(const Number* p) { return *p; }
__device__ __forceinline__ void store(Number* p, float value) { *p = value; }
#endif

// ---- neighbouring numbers of one thread ----------------------------------------------------------------------------------

// How many numbers a thread handles: as many as 16 bytes hold.
#define PER_THREAD ((int)(16 / sizeof(Number)))

// 16 bytes of floats or Numbers. They move at once where they are aligned and whole, else number by number; what comes after
// is one code for both, so that results are the same.
template <class T> struct alignas(16) Chunk { T at[16 / sizeof(T)]; };

template <class T> __device__ __forceinline__ bool movesInChunks(const T* p, unsigned rest, unsigned n) {
    return rest >= n && (unsigned long long)p % 16 == 0;
}

// v = the N numbers from x on, of which there are only rest; those beyond are 0. CHUNKS is what movesInChunks says.
template <bool CHUNKS, class T, int N> __device__ __forceinline__ void fetch(const T* x, unsigned rest, T (&v)[N]) {
    constexpr int size = 16 / sizeof(T);
    if (CHUNKS) {
#pragma unroll
        for (int i = 0; i < N; i += size) {
            Chunk<T> chunk = *(const Chunk<T>*)(x + i);
#pragma unroll
            for (int k = 0; k < size; k++) {
                v[i + k] = chunk.at[k];
            }
        }
    } else {
#pragma unroll
        for (int k = 0; k < N; k++) {
            v[k] = k < rest ? x[k] : T();
        }
    }
}

template <class T, int N> __device__ __forceinline__ void fetch(const T* x, unsigned rest, T (&v)[N]) {
    if (movesInChunks(x, rest, N)) {
        fetch<true>(x, rest, v);
    } else {
        fetch<false>(x, rest, v);
    }
}

// The N numbers from y on = v, of which only rest are written.
template <class T, int N> __device__ __forceinline__ void put(T* y, unsigned rest, const T (&v)[N]) {
    constexpr int size = 16 / sizeof(T);
    if (movesInChunks(y, rest, N)) {
#pragma unroll
        for (int i = 0; i < N; i += size) {
            Chunk<T> chunk;
#pragma unroll
            for (int k = 0; k < size; k++) {
                chunk.at[k] = v[i + k];
            }
            *(Chunk<T>*)(y + i) = chunk;
        }
    } else {
#pragma unroll
        for (int k = 0; k < N; k++) {
            if (k < rest) {
                y[k] = v[k];
            }
        }
    }
}

// As fetch, of values.
template <class T, int N> __device__ __forceinline__ void load(const T* x, unsigned rest, float (&v)[N]) {
    T numbers[N];
    fetch(x, rest, numbers);
#pragma unroll
    for (int k = 0; k < N; k++) {
        v[k] = load(numbers + k);
    }
}

// sum = sum + the N numbers from x on, as fetch has them.
template <bool CHUNKS, class T, int N> __device__ __forceinline__ void add(const T* x, unsigned rest, float (&sum)[N]) {
    T numbers[N];
    fetch<CHUNKS>(x, rest, numbers);
#pragma unroll
    for (int k = 0; k < N; k++) {
        sum[k] += load(numbers + k);
    }
}

// As put, of values.
template <class T, int N> __device__ __forceinline__ void store(T* y, unsigned rest, const float (&v)[N]) {
    T numbers[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
        store(numbers + k, v[k]);
    }
    put(y, rest, numbers);
}

// The number of this thread among all of a line of blocks. Lengths are below 2^31, so that unsigned holds every index.
__device__ __forceinline__ unsigned threadNumber() { return blockIdx.x * blockDim.x + threadIdx.x; }
