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

// ---- packs ---------------------------------------------------------------------------------------------------------------

// 16 bytes of neighbouring numbers. A thread moves them at once where WIDE says that they are aligned and whole; else one by
// one, up to count of them. Either way it computes the same.
#define WIDTH ((int)(16 / sizeof(Number)))

struct Pack { unsigned words[4]; };

__device__ __forceinline__ bool aligned(const void* p) { return (size_t)p % 16 == 0; }

// How many of a row's numbers are in the pack that starts at the first: 0 to WIDTH.
__device__ __forceinline__ int countFrom(unsigned first, int columns) {
    return first < (unsigned)columns ? (int)min((unsigned)WIDTH, columns - first) : 0;
}

// Missing numbers are 0.
template <bool WIDE> __device__ __forceinline__ Pack loadPack(const Number* p, int count) {
    Pack pack = {};
    if (WIDE) {
        uint4 words = *(const uint4*)p;
        pack.words[0] = words.x;
        pack.words[1] = words.y;
        pack.words[2] = words.z;
        pack.words[3] = words.w;
    } else {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            if (i < count) {
#ifdef NUMBER_IS_BFLOAT16
                pack.words[i / 2] |= (unsigned)p[i].bits << (16 * (i % 2));
#else
                pack.words[i] = __float_as_uint(p[i]);
#endif
            }
        }
    }
    return pack;
}

__device__ __forceinline__ float number(const Pack& pack, int i) {
#ifdef NUMBER_IS_BFLOAT16
    return __uint_as_float(i % 2 == 0 ? pack.words[i / 2] << 16 : pack.words[i / 2] & 0xffff0000u);
#else
    return __uint_as_float(pack.words[i]);
#endif
}

template <bool WIDE> __device__ __forceinline__ void storePack(Number* p, int count, const float (&values)[WIDTH]) {
    if (WIDE) {
        unsigned words[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
#ifdef NUMBER_IS_BFLOAT16
            asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(words[i]) : "f"(values[2 * i + 1]), "f"(values[2 * i]));
#else
            words[i] = __float_as_uint(values[i]);
#endif
        }
        *(uint4*)p = make_uint4(words[0], words[1], words[2], words[3]);
    } else {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            if (i < count) {
                store(p + i, values[i]);
            }
        }
    }
}

// As many floats as a pack has numbers; missing ones are 0.
template <bool WIDE> __device__ __forceinline__ void loadFloats(const float* p, int count, float (&values)[WIDTH]) {
#pragma unroll
    for (int i = 0; i < WIDTH; i += 4) {
        if (WIDE) {
            float4 four = *(const float4*)(p + i);
            values[i] = four.x;
            values[i + 1] = four.y;
            values[i + 2] = four.z;
            values[i + 3] = four.w;
        } else {
            for (int j = i; j < i + 4; j++) {
                values[j] = j < count ? p[j] : 0;
            }
        }
    }
}

// ---- walks down the columns (ColumnBlocks) ------------------------------------------------------------------------------------

#define COLUMN_THREADS 256

// The first column of this thread's pack.
__device__ __forceinline__ unsigned firstColumn() { return (blockIdx.x * blockDim.x + threadIdx.x) * WIDTH; }

// Calls body(row, offset of the pack, packs of each operand there) for this thread's rows, in order. A few rows are on their
// way at once; past the last row that row is fetched again, for nothing.
template <bool WIDE, int READS, class Body>
__device__ __forceinline__ void walkRows(int rows, int columns, int rowsPerBlock, const Number* const (&from)[READS], Body body) {
    const int inFlight = 4;
    unsigned column = firstColumn();
    int count = countFrom(column, columns);
    long long first = (long long)blockIdx.y * rowsPerBlock;
    long long end = min(first + rowsPerBlock, (long long)rows);
    if (count == 0) {
        return;
    }
    for (long long row = first + threadIdx.y; row < end; row += inFlight * blockDim.y) {
        Pack packs[inFlight][READS];
#pragma unroll
        for (int i = 0; i < inFlight; i++) {
            size_t at = min(row + i * blockDim.y, end - 1) * columns + column;
#pragma unroll
            for (int k = 0; k < READS; k++) {
                packs[i][k] = loadPack<WIDE>(from[k] + at, count);
            }
        }
#pragma unroll
        for (int i = 0; i < inFlight; i++) {
            long long here = row + i * blockDim.y;
            if (here < end) {
                body(here, (size_t)(here * columns + column), packs[i]);
            }
        }
    }
}

// Adds up the sums of the threads that own the same columns, as a tree, and writes them to partial [blockIdx.y, SUMS, columns].
template <int SUMS>
__device__ __forceinline__ void sumBlock(int columns, float (&sums)[SUMS][WIDTH], float* partial) {
    __shared__ float tree[SUMS * WIDTH][COLUMN_THREADS];
    int thread = threadIdx.y * blockDim.x + threadIdx.x;
#pragma unroll
    for (int i = 0; i < SUMS * WIDTH; i++) {
        tree[i][thread] = sums[i / WIDTH][i % WIDTH];
    }
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
#pragma unroll
            for (int i = 0; i < SUMS * WIDTH; i++) {
                tree[i][thread] += tree[i][thread + half * blockDim.x];
            }
        }
    }
    unsigned column = firstColumn();
    int count = countFrom(column, columns);
    if (threadIdx.y == 0) {
#pragma unroll
        for (int i = 0; i < SUMS * WIDTH; i++) {
            if (i % WIDTH < count) {
                partial[((size_t)blockIdx.y * SUMS + i / WIDTH) * columns + column + i % WIDTH] = tree[i][thread];
            }
        }
    }
}

// ---- totals of each column (Totals) ---------------------------------------------------------------------------------------------

#define TOTAL_COLUMNS 8
#define TOTAL_LANES 128
#define TOTAL_THREADS (TOTAL_COLUMNS * TOTAL_LANES)

// Adds up partial [blocks, SUMS, columns] in double, in one order. True in the one thread that has its column's totals.
template <int SUMS>
__device__ __forceinline__ bool totals(int columns, int blocks, const float* partial, double (&sums)[SUMS], unsigned& column) {
    __shared__ double tree[SUMS][TOTAL_LANES][TOTAL_COLUMNS];
    column = blockIdx.x * TOTAL_COLUMNS + threadIdx.x;
    bool inside = column < (unsigned)columns;
#pragma unroll
    for (int k = 0; k < SUMS; k++) {
        double sum = 0;
        if (inside) {
#pragma unroll 4
            for (int block = threadIdx.y; block < blocks; block += TOTAL_LANES) {
                sum += partial[((size_t)block * SUMS + k) * columns + column];
            }
        }
        tree[k][threadIdx.y][threadIdx.x] = sum;
    }
    for (int half = TOTAL_LANES / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
#pragma unroll
            for (int k = 0; k < SUMS; k++) {
                tree[k][threadIdx.y][threadIdx.x] += tree[k][threadIdx.y + half][threadIdx.x];
            }
        }
    }
#pragma unroll
    for (int k = 0; k < SUMS; k++) {
        sums[k] = tree[k][0][threadIdx.x];
    }
    return inside && threadIdx.y == 0;
}

// ---- rows (RowBlocks) --------------------------------------------------------------------------------------------------------------

// The row that the threads along x share: a warp, or a block that then has one row. Past the last one a whole warp ends.
__device__ __forceinline__ unsigned sharedRow() { return blockIdx.x * blockDim.y + threadIdx.y; }

// Combines the values of the threads along x, in one order; all of them get the result.
template <class Combine> __device__ __forceinline__ float overRow(float value, float neutral, Combine combine) {
#pragma unroll
    for (int lane = 16; lane > 0; lane /= 2) {
        value = combine(value, __shfl_xor_sync(0xffffffffu, value, lane));
    }
    if (blockDim.x > 32) {
        __shared__ float warps[32];
        __syncthreads();  // until the last call's result has been read
        if (threadIdx.x % 32 == 0) {
            warps[threadIdx.x / 32] = value;
        }
        __syncthreads();
        value = threadIdx.x % 32 < blockDim.x / 32 ? warps[threadIdx.x % 32] : neutral;
#pragma unroll
        for (int lane = 16; lane > 0; lane /= 2) {
            value = combine(value, __shfl_xor_sync(0xffffffffu, value, lane));
        }
    }
    return value;
}

__device__ __forceinline__ float sumOverRow(float value) {
    return overRow(value, 0, [](float a, float b) { return a + b; });
}

// The larger; a NaN wins.
__device__ __forceinline__ float larger(float a, float b) { return b > a || b != b ? b : a; }
